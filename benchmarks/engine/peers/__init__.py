"""One file per library, run as `python -m benchmarks.engine.peers.NAME` in the environment of the peers."""
