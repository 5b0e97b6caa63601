"""The engine with its JAX kernel, which needs no compiler."""

from benchmarks.engine.job import main
from benchmarks.engine.ours.method import callbacks

if __name__ == "__main__":
    main(callbacks("jax"))
