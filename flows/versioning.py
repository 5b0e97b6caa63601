"""DVC tracks what the stages write: `dvc.yaml` from the stage table, a commit after every run, `repro`."""

import getpass
import hashlib
import io
import logging
import os
from collections.abc import Collection, Generator, Sequence
from contextlib import chdir, contextmanager, redirect_stdout
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from flows.provenance.ledger import Entry, intact, recall
from flows.provenance.mending import damaged_contents, drop, drop_list_of_locks, locked_outputs, mend, names_of
from flows.provenance.restore import index_blobs
from schemas.errors import StudyError
from schemas.params import StudyParams
from schemas.stages import STAGE_NAMES, STAGES, Stage, StageName
from tasks.artifacts import sha256_of, write_bytes
from tasks.settings import set_params

if TYPE_CHECKING:
    from dvc.repo import Repo

PERSISTENT = {"model/protocol.yaml"}
METRICS = {"results/verdict.json"}
FEW = 2
"""Stages that are given to DVC one by one sooner than all at once."""
COMMITTED = Path(".causal-ssm") / "ledger" / "committed"
TRACKED = ("dvc.yaml", "dvc.lock", "params.yaml", "code.json", "data/raw", "recordings")
HEADER = """\
# The six stages as DVC sees them. Written by causal-ssm from its stage table; a change to these six is overwritten.
# code.json holds one hash per stage over the code behind it; every causal-ssm command brings it up to date.
"""


def stage_entry(stage: Stage) -> dict[str, Any]:
    """One stage of `dvc.yaml`."""
    outs = [path for path in stage.writes if path not in METRICS]
    entry: dict[str, Any] = {
        "cmd": f"causal-ssm stage {stage.name}",
        "deps": list(stage.reads),
        "params": [*stage.params, {"code.json": [stage.name]}],
        "outs": [{path: {"persist": True}} if path in PERSISTENT else path for path in outs],
    }
    if metrics := [path for path in stage.writes if path in METRICS]:
        entry["metrics"] = metrics
    return entry


def template() -> dict[str, Any]:
    """The content of `dvc.yaml`."""
    effects = {"x": "horizon", "y": {"results/effects.json": "mean"}, "title": "Effects by horizon"}
    return {
        "stages": {stage.name: stage_entry(stage) for stage in STAGES},
        "plots": [{"Effects by horizon": effects}],
    }


def dvc_yaml(content: dict[str, Any] | None = None) -> bytes:
    """`dvc.yaml` as text."""
    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = 110
    stream = io.StringIO()
    yaml.dump(content or template(), stream)
    return (HEADER + stream.getvalue()).encode()


@cache
def _as_made() -> bytes:
    """`dvc.yaml` of a study that has no stages of its own."""
    return dvc_yaml()


def ensure(root: Path) -> None:
    """A DVC repository without Git, without analytics, with our six stages and every parameter they name.

    Raises:
        StudyError: `dvc.yaml` cannot be read.
    """
    _ensure_pipeline(root)
    _ensure_parameters(root)
    drop_list_of_locks(root)
    (root / "recordings").mkdir(exist_ok=True)
    if not any((root / "recordings").iterdir()):
        write_bytes(root / "recordings" / ".keep", b"")
    if not (root / ".dvc" / "config").is_file():
        _init(root)


def _ensure_pipeline(root: Path) -> None:
    path = root / "dvc.yaml"
    if not path.is_file():
        write_bytes(path, _as_made())
    if path.read_bytes() == _as_made():
        return
    try:
        content = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8")) or {}
    except (YAMLError, UnicodeDecodeError) as error:
        raise StudyError(
            "YAML text", " ".join(str(error).split())[:300], str(path), "delete the file; it is written anew"
        ) from None
    wanted = template()["stages"]
    present = content.get("stages") or {}
    if any(present.get(name) != entry for name, entry in wanted.items()):
        content["stages"] = wanted | {name: entry for name, entry in present.items() if name not in wanted}
        write_bytes(path, dvc_yaml(content))


def _ensure_parameters(root: Path) -> None:
    """DVC refuses a stage whose parameter is not written down; defaults may be left out of our file."""
    content = YAML(typ="safe", pure=True).load((root / "params.yaml").read_text(encoding="utf-8")) or {}
    wanted = dict.fromkeys(dotted for stage in STAGES for dotted in stage.params)
    absent = [dotted for dotted in sorted(wanted) if not _has(content, dotted)]
    if absent:
        defaults = StudyParams().model_dump(mode="json", by_alias=True)
        set_params(root, {dotted: _default(defaults, dotted) for dotted in absent})


def _has(content: dict[str, Any], dotted: str) -> bool:
    for part in dotted.split("."):
        if not isinstance(content, dict) or part not in content:
            return False
        content = content[part]
    return True


def _default(content: dict[str, Any], dotted: str) -> Any:  # noqa: ANN401 - a value of params.yaml
    for part in dotted.split("."):
        content = content[part]
    return content


def environment() -> dict[str, str]:
    """What DVC reads: no analytics, and a name for a user whom the machine does not know, as in a container."""
    told = {"DVC_NO_ANALYTICS": "1"}
    try:
        getpass.getuser()
    except (KeyError, OSError):
        told["LOGNAME"] = f"user-{os.getuid()}"
    return told


@contextmanager
def _quiet() -> Generator[None]:
    """DVC talks on stdout, which belongs to our own results."""
    os.environ.update(environment())
    logging.getLogger("dvc").setLevel(logging.ERROR)
    with redirect_stdout(io.StringIO()):
        yield


@contextmanager
def _repository(root: Path) -> Generator["Repo"]:
    from dvc.config import ConfigError  # noqa: PLC0415 - half a second that `--help` and a bad request must not pay
    from dvc.repo import Repo  # noqa: PLC0415 - as above

    with _quiet(), chdir(root):  # DVC reads stage names relative to where it stands
        try:
            opened = Repo()
        except ConfigError as error:
            raise StudyError(
                "settings that DVC can read", " ".join(str(error).split())[:300], str(root / ".dvc" / "config"),
                "correct the file, or delete it: it is then written anew, without your remotes",
            ) from None  # fmt: skip
        with opened as repo:
            yield repo


def load() -> None:
    """Import DVC before it is needed."""
    import_module("dvc.repo")


def require_settings(root: Path) -> None:
    """DVC can open the study.

    Raises:
        StudyError: its settings cannot be read.
    """
    with _repository(root):
        return


def _init(root: Path) -> None:
    from dvc.repo import Repo  # noqa: PLC0415 - as above

    with (
        _quiet(),
        Repo.init(str(root), no_scm=True, force=(root / ".dvc").exists()) as repo,
        repo.config.edit() as config,
    ):
        config["core"]["analytics"] = False


class Commits:
    """What one run gives to DVC: a stage ahead while others are computed, the rest at its end."""

    def __init__(self, root: Path) -> None:
        """Nothing yet."""
        self._root = root
        self._given: dict[StageName, Entry | None] = {}

    def ahead(self, stage: StageName) -> None:
        """Give one stage, without a word in our own records: the run may still end badly.

        Its files stay as they lie: the next stage reads them, and DVC would take each away for a moment to put its own.
        """
        _give(self._root, [stage], relink=False)
        self._given[stage] = recall(self._root, stage)

    def rest(self, stages: Sequence[StageName]) -> None:
        """Give those of these stages that are not what was given ahead, and remember that nothing is missing."""
        present = {name for name, entry in self._given.items() if recall(self._root, name) == entry}
        commit(self._root, stages, present)


def commit(root: Path, stages: Sequence[StageName], given: Collection[StageName] = ()) -> None:
    """Commit to DVC the stages whose files are exactly what the ledger says they wrote.

    DVC believes whatever lies there, so what was altered meanwhile is left out; `dvc status` then shows it.

    Args:
        root: the study.
        stages: those that have ended well.
        given: which of them DVC has got in this run.
    """
    _give(root, stages, given)
    note_committed(root)


def _give(root: Path, stages: Sequence[StageName], given: Collection[StageName] = (), *, relink: bool = True) -> None:
    ensure(root)
    entries = {name: recall(root, name) for name in stages}
    sound = [name for name, entry in entries.items() if entry is not None and intact(root, entry.refs)]
    lying = [ref.path for name in sound if (entry := entries[name]) is not None for ref in entry.refs]
    drop(damaged_contents(root, names_of(root, lying)))  # DVC would put what its cache has in place of what lies there
    try:
        _commit(root, sound, given, relink=relink)
    except Exception:
        if not mend(root):  # DVC stumbles in many ways over damage, which is what we know how to mend
            raise
        _commit(root, sound, (), relink=relink)


def _commit(root: Path, sound: Sequence[StageName], given: Collection[StageName], *, relink: bool) -> None:
    left = [name for name in sound if name not in given]
    with _repository(root) as repo:
        at_once = len(left) > FEW and len(sound) == len(repo.index.stages)  # one call reads the files once
        for name in [None] if at_once else left:
            repo.commit(name, force=True, relink=relink)


def note_committed(root: Path) -> None:
    """Remember what DVC has, so that the next run knows without asking DVC."""
    if not (root / "dvc.lock").is_file():
        return
    pairs, md5 = {}, locked_outputs(root)
    for name in STAGE_NAMES:
        entry = recall(root, name)
        if entry is not None and intact(root, entry.refs):
            pairs |= {ref.sha256: md5[ref.path] for ref in entry.refs if ref.path in md5}
    index_blobs(root, pairs)
    write_bytes(root / COMMITTED, _state(root).encode())


def is_committed(root: Path) -> bool:
    """Whether nothing that DVC looks at has changed since the last commit."""
    path = root / COMMITTED
    return path.is_file() and path.read_text(encoding="utf-8") == _state(root)


def _state(root: Path) -> str:
    outputs = [path for stage in STAGES for path in stage.writes]
    lines = [f"{path} {sha256_of(root / path)}" for path in (*TRACKED, *outputs)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
