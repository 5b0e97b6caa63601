"""One file per method of this project, run as `python -m benchmarks.engine.ours.NAME`."""
