"""The vocabulary: frames and documents that travel between the stages, without behaviour."""
