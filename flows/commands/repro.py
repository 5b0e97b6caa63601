"""`causal-ssm repro`: the same stages, run by DVC from what it has on record."""

import json
import os
import subprocess
import sys
from pathlib import Path

from flows.console import ERROR_FILE, progress
from flows.early import check_raw
from flows.locking import only_run
from flows.provenance.code_version import refresh
from flows.provenance.ledger import recall
from flows.provenance.mending import drop_altered_outputs, mend
from flows.versioning import ensure, environment, note_committed, require_settings
from schemas.errors import StudyError
from schemas.stages import STAGE_NAMES, StageName
from tasks.settings import load_params


def environment_bin() -> Path:
    """Where `causal-ssm` and `dvc` of this environment lie; it need not be activated."""
    return Path(sys.executable).parent


def repro(root: Path) -> tuple[StageName, ...]:
    """Bring `code.json` up to date, then `dvc repro`; the stages that ran.

    Raises:
        StudyError: a stage could not use the request or the data.
        RuntimeError: DVC failed for a reason of its own.
    """
    load_params(root)
    with only_run(root):
        check_raw(root)
        ensure(root)
        refresh(root)
        before = {name: _stamp(root, name) for name in STAGE_NAMES}
        error_file = root.resolve() / ".causal-ssm" / "stage-error.json"
        error_file.unlink(missing_ok=True)
        _mended_repro(root, error_file)
        note_committed(root)
        return tuple(name for name in STAGE_NAMES if _stamp(root, name) != before[name])


def _mended_repro(root: Path, error_file: Path) -> None:
    """`dvc repro`; once more after damage to DVC's memory has been taken away, if there was any.

    DVC puts back what its cache has without looking at the content, so what it says is there is looked at here.
    """
    status = _dvc_repro(root, error_file)
    if status != 0 and not error_file.is_file() and mend(root):
        status = _dvc_repro(root, error_file)
    if status == 0 and (wrong := drop_altered_outputs(root)):
        mend(root)
        progress(f"DVC's cache was damaged; computed anew: {', '.join(wrong)}")
        status = _dvc_repro(root, error_file)
    if status != 0:
        _raise(error_file, status, root)


def _stamp(root: Path, name: StageName) -> int | None:
    path = root / ".causal-ssm" / "ledger" / f"{name}.json"
    return path.stat().st_mtime_ns if recall(root, name) is not None else None


def _dvc_repro(root: Path, error_file: Path) -> int:
    progress("DVC looks for what changed ...")
    path = os.pathsep.join([str(environment_bin()), os.environ.get("PATH", "")])
    own = environment() | {"PATH": path, ERROR_FILE: str(error_file)}
    command = [sys.executable, "-m", "dvc", "repro", "--quiet"]
    return subprocess.run(command, cwd=root, env=os.environ | own, stdout=2, check=False).returncode


def _raise(error_file: Path, status: int, root: Path) -> None:
    if error_file.is_file():
        parts = json.loads(error_file.read_bytes())
        error_file.unlink()
        raise StudyError(*parts)
    require_settings(root)
    raise RuntimeError(f"dvc repro ended with status {status}; `dvc repro` in {root} says more")
