"""`python -m benchmarks.engine`: run what has no result yet, then write the table."""

import argparse
import fcntl
import sys
from pathlib import Path
from typing import TextIO

from benchmarks.engine.launch import adopt_orphans
from benchmarks.engine.report import done, write
from benchmarks.engine.settings import METHODS
from benchmarks.engine.shards import SHARDS, carry_out, planned, results


def main() -> None:
    """Carry out the plan, or a part of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="ours, dynamax and cuthbert, one data set")
    parser.add_argument("--methods", nargs="*", choices=sorted(METHODS), help="only these")
    parser.add_argument("--kinds", nargs="*", help="only these jobs (gradient, posterior, ...)")
    parser.add_argument("--datasets", type=int, help="only the first data sets")
    parser.add_argument("--seeds", type=int, help="only the first sampler seeds")
    parser.add_argument("--report", action="store_true", help="run nothing, write the table of what there is")
    arguments = parser.parse_args()
    quick = {name: method for name, method in METHODS.items() if method.quick}
    jobs = planned(quick if arguments.quick else METHODS, arguments.quick)
    folder = SHARDS / "quick" if arguments.quick else SHARDS
    if not arguments.report:
        wanted = [
            job
            for job in jobs
            if (not arguments.methods or job.method in arguments.methods)
            and (not arguments.kinds or job.kind in arguments.kinds)
            and (arguments.datasets is None or job.data < arguments.datasets)
            and (arguments.seeds is None or job.seed < arguments.seeds)
        ]
        lock = _alone(folder)
        adopt_orphans()
        carry_out(wanted, folder)
        lock.close()
    found = results(jobs, folder)
    sys.stdout.write(write(found, folder, *([folder] if arguments.quick else [])))
    sys.stdout.write(f"\n{done(found, jobs)}\n")


def _alone(folder: Path) -> TextIO:
    """Two runs at once would spoil each other's times."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SystemExit("another run of the benchmark is at work here") from None
    return lock


if __name__ == "__main__":
    main()
