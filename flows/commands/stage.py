"""`causal-ssm stage NAME`: one recipe, always computed; this is what DVC calls."""

from pathlib import Path

from flows.console import progress
from flows.locking import only_run
from flows.provenance.code_version import refresh
from flows.provenance.ledger import keys_of
from flows.provenance.runlog import Recorder
from flows.recipes import compute
from schemas.manifest import RunLog
from schemas.stages import StageName
from tasks.settings import load_params


def run_one(root: Path, name: StageName) -> RunLog:
    """Run one stage without Prefect and without DVC.

    Raises:
        StudyError: the request or the data cannot be used.
    """
    params = load_params(root)
    with only_run(root):
        code = refresh(root)
        recorder = Recorder(root, f"stage {name}", params.configure.llm.mode)
        with recorder.whole(), recorder.stage(name):
            recorder.computing()
            progress(f"{name} ...")
            compute(root, name, params, keys_of(root, name, params, code[name]), progress)
        return recorder.document()
