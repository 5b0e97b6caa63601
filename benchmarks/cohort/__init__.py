"""What answering many people costs, by task runner: `python -m benchmarks.cohort`."""
