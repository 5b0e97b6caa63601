"""The engine with its compiled kernel."""

from benchmarks.engine.job import main
from benchmarks.engine.ours.method import callbacks

if __name__ == "__main__":
    main(callbacks("native"))
