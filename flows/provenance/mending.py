"""DVC's memory mended: what is not whole is taken away, since DVC stumbles over it or, worse, believes it.

Hold the study's lock. Everything taken away is a copy or a record that spares time; nothing else is lost.
"""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from flows.provenance.runcache import drop_damaged

BLOBS = Path(".dvc") / "cache" / "files" / "md5"


def mend(root: Path) -> int:
    """Take away damaged records of runs, damaged contents, and a lock file or list of locks that is none; how many."""
    return drop_damaged(root) + drop([*damaged_contents(root), *_no_lock_file(root)]) + drop_list_of_locks(root)


def damaged_contents(root: Path, names: Iterable[str] | None = None) -> list[Path]:
    """Files of DVC's cache that no longer hold the content of their name.

    Args:
        root: the study.
        names: these alone, as `names_of` gives them; None: the whole cache.

    DVC itself believes every file that nobody may write, which is how it leaves them.
    """
    files = (root / BLOBS).glob("??/*") if names is None else (root / BLOBS / name[:2] / name[2:] for name in names)
    return [path for path in files if path.is_file() and _md5(path) != path.parent.name + path.stem]


def names_of(root: Path, paths: Iterable[str]) -> set[str]:
    """What DVC calls the contents that lie at these paths of the study now, the files of a folder included."""
    names = set()
    for path in (root / path for path in paths):
        files = [file for file in ([path] if path.is_file() else path.rglob("*")) if file.is_file()]
        names |= {_md5(file) for file in files}
        if path.is_dir():
            names.add(_folder_md5(path))
    return names


def locked_outputs(root: Path) -> dict[str, str]:
    """What `dvc.lock` says of every output: its MD5, for a folder that of the list of its files with `.dir` behind."""
    lock = root / "dvc.lock"
    if not lock.is_file():
        return {}
    stages = YAML(typ="safe").load(lock.read_text(encoding="utf-8"))["stages"]
    return {out["path"]: out["md5"] for stage in stages.values() for out in stage.get("outs", [])}


def drop_altered_outputs(root: Path) -> tuple[str, ...]:
    """Take away outputs that are not what `dvc.lock` says, though DVC has just put them there; their paths."""
    wrong = [path for path, md5 in locked_outputs(root).items() if not _is(root / path, md5)]
    for path in wrong:
        for file in [root / path, *(root / path).rglob("*")]:
            if file.is_file():
                file.unlink()
    return tuple(wrong)


def _no_lock_file(root: Path) -> list[Path]:
    """`dvc.lock`, when DVC would refuse it; it is written anew from what lies there."""
    from dvc.schema import COMPILED_LOCKFILE_SCHEMA  # noqa: PLC0415 - wanted only after DVC itself has failed
    from voluptuous import Invalid  # noqa: PLC0415 - as above

    path = root / "dvc.lock"
    try:
        COMPILED_LOCKFILE_SCHEMA(YAML(typ="safe").load(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return []
    except (YAMLError, UnicodeDecodeError, Invalid):
        return [path]
    return []


def _is(path: Path, md5: str) -> bool:
    if md5.endswith(".dir"):
        return path.is_dir() and _folder_md5(path) == md5
    return path.is_file() and _md5(path) == md5


def _folder_md5(folder: Path) -> str:
    """DVC's name for a folder: the MD5 of the list of its files."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    entries = [{"md5": _md5(file), "relpath": file.relative_to(folder).as_posix()} for file in files]
    text = json.dumps(sorted(entries, key=lambda entry: entry["relpath"]), sort_keys=True)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() + ".dir"


def _md5(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def drop_list_of_locks(root: Path) -> int:
    """Take away DVC's list of locks when it is none: it was being written as a process was killed."""
    path = root / ".dvc" / "tmp" / "rwlock"
    try:
        json.loads(path.read_bytes() or b"{}")
    except FileNotFoundError:
        return 0
    except ValueError:
        return drop([path])
    return 0


def drop(paths: list[Path]) -> int:
    """Take files away, also those that nobody may write; how many."""
    for path in paths:
        path.chmod(0o600)
        path.unlink()
    return len(paths)
