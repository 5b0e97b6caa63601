"""`causal-ssm stage NAME`: one recipe, always computed; this is what DVC calls."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from flows.code_version import refresh
from flows.console import progress
from flows.ledger import keys_of
from flows.locking import only_run
from flows.recipes import compute
from flows.runlog import Recorder
from schemas.errors import StudyError
from schemas.manifest import RunLog
from schemas.stages import StageName
from tasks.artifacts import canonical_json, write_bytes
from tasks.settings import load_params

ERROR_FILE = "CAUSAL_SSM_ERROR_FILE"


def run_one(root: Path, name: StageName) -> RunLog:
    """Run one stage without Prefect and without DVC.

    Raises:
        StudyError: the request or the data cannot be used.
    """
    with _told_to_repro():
        params = load_params(root)
        with only_run(root):
            code = refresh(root)
            recorder = Recorder(root, f"stage {name}", params.configure.llm.mode)
            with recorder.whole(), recorder.stage(name):
                recorder.computing()
                progress(f"{name} ...")
                compute(root, name, params, keys_of(root, name, params, code[name]), progress)
            return recorder.document()


@contextmanager
def _told_to_repro() -> Generator[None]:
    """Between us and `causal-ssm repro` stands DVC, which passes no message on: leave it in a file."""
    try:
        yield
    except StudyError as error:
        if path := os.environ.get(ERROR_FILE):
            write_bytes(Path(path), canonical_json([error.expected, error.got, error.where, error.fix]))
        raise
