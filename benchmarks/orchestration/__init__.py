"""What orchestration costs beside the work itself: ratios measured in one run, never asserted."""
