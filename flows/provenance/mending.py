"""DVC's memory mended: what is not whole is taken away, since DVC stumbles over it or, worse, believes it.

Hold the study's lock. Everything taken away is a copy or a record that spares time; nothing else is lost.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from flows.provenance.runcache import drop_damaged

BLOBS = Path(".dvc") / "cache" / "files" / "md5"


def mend(root: Path) -> int:
    """Take away damaged records of runs, damaged contents and a damaged list of locks; how many."""
    return drop_damaged(root) + drop([*damaged_contents(root), *_not_json(root)])


def damaged_contents(root: Path, outputs: dict[str, str] | None = None) -> list[Path]:
    """Files of DVC's cache that no longer hold the content of their name.

    Args:
        root: the study.
        outputs: the MD5s of these alone, as `locked_outputs` gives them; None: the whole cache.

    DVC itself believes every file that nobody may write, which is how it leaves them.
    """
    if outputs is None:
        files = list((root / BLOBS).glob("??/*"))
    else:
        folders = [_blob(root, md5) for md5 in outputs.values() if md5.endswith(".dir")]
        members = [_blob(root, entry) for folder in folders for entry in _members(folder)]
        files = [*(_blob(root, md5) for md5 in outputs.values()), *members]
    return [path for path in files if path.is_file() and _md5(path) != path.parent.name + path.stem]


def _blob(root: Path, md5: str) -> Path:
    return root / BLOBS / md5[:2] / md5[2:]


def _members(folder: Path) -> list[str]:
    """MD5s of the files of a folder, from DVC's list of them; none from a damaged one, which is told as such itself."""
    try:
        return [str(entry["md5"]) for entry in json.loads(folder.read_bytes())]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def locked_outputs(root: Path) -> dict[str, str]:
    """What `dvc.lock` says of every output: its MD5, for a folder that of the list of its files with `.dir` behind."""
    lock = root / "dvc.lock"
    if not lock.is_file():
        return {}
    stages = YAML(typ="safe", pure=True).load(lock.read_text(encoding="utf-8"))["stages"]
    return {out["path"]: out["md5"] for stage in stages.values() for out in stage.get("outs", [])}


def drop_altered_outputs(root: Path) -> tuple[str, ...]:
    """Take away outputs that are not what `dvc.lock` says, though DVC has just put them there; their paths."""
    wrong = [path for path, md5 in locked_outputs(root).items() if not _is(root / path, md5)]
    for path in wrong:
        for file in [root / path, *(root / path).rglob("*")]:
            if file.is_file():
                file.unlink()
    return tuple(wrong)


def drop_unreadable_lock(root: Path) -> bool:
    """Take away a `dvc.lock` that is no lock; DVC writes it anew from what lies there."""
    path = root / "dvc.lock"
    if not path.is_file() or _is_lock(path):
        return False
    path.unlink()
    return True


def _is_lock(path: Path) -> bool:
    try:
        content = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    except (YAMLError, UnicodeDecodeError):
        return False
    stages = content.get("stages") if isinstance(content, dict) else None
    return isinstance(stages, dict) and all(_whole(stage) for stage in stages.values())


def _whole(stage: Any) -> bool:  # noqa: ANN401 - whatever a damaged file holds
    if not isinstance(stage, dict) or not isinstance(stage.get("cmd"), str):
        return False
    files = [*(stage.get("deps") or []), *(stage.get("outs") or [])]
    return all(isinstance(file, dict) and {"path", "md5"} <= file.keys() for file in files)


def _is(path: Path, md5: str) -> bool:
    if not md5.endswith(".dir"):
        return path.is_file() and _md5(path) == md5
    files = sorted(file for file in path.rglob("*") if file.is_file())
    entries = [{"md5": _md5(file), "relpath": file.relative_to(path).as_posix()} for file in files]
    text = json.dumps(sorted(entries, key=lambda entry: entry["relpath"]), sort_keys=True)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() == md5.removesuffix(".dir")


def _md5(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _not_json(root: Path) -> list[Path]:
    """DVC's list of locks, when it was being written as the process was killed."""
    path = root / ".dvc" / "tmp" / "rwlock"
    try:
        json.loads(path.read_bytes() or b"{}")
    except FileNotFoundError:
        return []
    except ValueError:
        return [path]
    return []


def drop(paths: list[Path]) -> int:
    """Take files away, also those that nobody may write; how many."""
    for path in paths:
        path.chmod(0o600)
        path.unlink()
    return len(paths)
