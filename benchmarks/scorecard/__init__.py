"""What the scorecard costs beside the fit it doubts."""
