"""`causal-ssm demo`: the shipped study, from raw export to report, offline."""

import shutil
import tempfile
from pathlib import Path

import tasks
from flows.commands.run import Answer, Options, run
from flows.console import progress
from flows.versioning import ensure
from schemas.errors import StudyError
from tasks.artifacts import write_bytes

MARK = Path(".causal-ssm") / "demo"


def shipped() -> Path:
    """Where the demo study lies in the installed packages."""
    return Path(str(tasks.__file__)).resolve().parent / "demo"


def demo(directory: Path, *, verbose: bool = False) -> Answer:
    """Copy the shipped study, unless it is there already, and run it.

    Raises:
        StudyError: the folder holds something else.
    """
    if not (directory / MARK).is_file():
        _copy(directory)
    return run(directory, Options(), verbose=verbose, companion=True)


def _copy(directory: Path) -> None:
    """Build the study beside its place and move it there whole."""
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        fix = "causal-ssm demo OTHER-DIR"
        raise StudyError("an empty folder for the demo", "one that holds something else", str(directory), fix)
    source = shipped()
    progress(f"Copying the demo study to {directory}")
    directory.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".demo-", dir=directory.parent))  # mode 0700: health data are private
    try:
        shutil.copytree(source / "raw", scratch / "data" / "raw")
        shutil.copytree(source / "recordings", scratch / "recordings")
        shutil.copyfile(source / "params.yaml", scratch / "params.yaml")
        ensure(scratch)
        write_bytes(scratch / MARK, b"")
        scratch.replace(directory)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
