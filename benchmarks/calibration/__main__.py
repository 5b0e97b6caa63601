"""`python -m benchmarks.calibration`: replications that are still missing, then the page of what there is."""

import argparse
import fcntl
import os
import sys
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # small matrices: threads only cost
    os.environ.setdefault(variable, "1")

from benchmarks.calibration import shards  # noqa: E402 - the number of threads is read when NumPy is loaded
from benchmarks.calibration.classes import CLASSES  # noqa: E402
from benchmarks.calibration.page import write  # noqa: E402
from benchmarks.calibration.recovery import PROBLEMS, recover  # noqa: E402

SAY_EVERY_S = 20.0


def main() -> None:
    """Carry out the study, or a part of it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.calibration", description=__doc__)
    parser.add_argument("--class", dest="classes", action="append", choices=CLASSES, help="only this (repeatable)")
    parser.add_argument("--replications", type=int, default=500, help="of each class")
    parser.add_argument("--data-sets", type=int, default=20, help="of each recovery problem")
    parser.add_argument("--no-recovery", action="store_true", help="calibration only")
    parser.add_argument("--report", action="store_true", help="run nothing, write the page of what there is")
    parser.add_argument("--fresh", action="store_true", help="forget what was run (after a change of the engine)")
    arguments = parser.parse_args()
    if not arguments.report:
        with _alone():
            chosen = arguments.classes or list(CLASSES)
            if arguments.fresh:
                for name in [*chosen, *PROBLEMS]:
                    (shards.SHARDS / f"{name}.jsonl").unlink(missing_ok=True)
            for name in chosen:
                _calibrate(name, arguments.replications)
            if not arguments.no_recovery:
                for name in PROBLEMS:
                    for number in recover(name, arguments.data_sets):
                        print(f"{name}: data set {number + 1} of {arguments.data_sets}", flush=True)
    sys.stdout.write(write())


def _calibrate(name: str, wanted: int) -> None:
    """One class, with a line every now and then."""
    said, failures = 0.0, 0
    for number, replication in shards.carry_out(name, CLASSES[name], wanted):
        failures += not replication.converged
        if time.monotonic() - said > SAY_EVERY_S or number == wanted - 1:
            said = time.monotonic()
            print(f"{name}: {number + 1} of {wanted}, {failures} not converged in this run", flush=True)


def _alone() -> "_Lock":
    shards.SHARDS.mkdir(parents=True, exist_ok=True)
    return _Lock()


class _Lock:
    """Two runs at once would do the same work twice."""

    def __enter__(self) -> None:
        self._file = (shards.SHARDS / "lock").open("w")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit("another run of the calibration is at work here") from None

    def __exit__(self, *_: object) -> None:
        self._file.close()


if __name__ == "__main__":
    main()
