"""Copying a file, a folder or a zip archive into `data/raw`, safely."""

import shutil
import stat
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from schemas.errors import StudyError

_MOST_BYTES = 4 * 1024**3
_MOST_FILES = 20_000
_CHUNK = 1 << 20


def copy_data(paths: Sequence[Path], raw: Path) -> list[str]:
    """Copy everything given into `raw`; returns the relative names, sorted.

    Raises:
        StudyError: a path is missing, empty or unsafe, or two files would have one name.
    """
    names: list[str] = []
    for path in paths:
        if not path.exists():
            raise StudyError("a file, folder or zip archive", "nothing there", str(path), "check the path after --data")
        if path.is_dir():
            names += _copy_folder(path, raw)
        elif zipfile.is_zipfile(path) and path.suffix.lower() == ".zip":
            names += _extract(path, raw)
        elif path.suffix.lower() == ".zip":
            raise StudyError("a zip archive", "a damaged or different file", str(path))
        else:
            _claim(raw / path.name, str(path))
            shutil.copyfile(path, raw / path.name)
            names.append(path.name)
    return sorted(names)


def _claim(target: Path, where: str) -> None:
    if target.exists():
        raise StudyError("files of different names", f"'{target.name}' twice", where, "rename one of them")
    target.parent.mkdir(parents=True, exist_ok=True)


def _hidden(parts: Sequence[str]) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def _copy_folder(folder: Path, raw: Path) -> list[str]:
    found = sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
    files = [path for path in found if not _hidden(path.relative_to(folder).parts)]
    if not files:
        raise StudyError("a folder with data files", "an empty folder", str(folder))
    _limit(len(files), sum(path.stat().st_size for path in files), str(folder))
    names = []
    for path in files:
        relative = path.relative_to(folder)
        _claim(raw / relative, str(path))
        shutil.copyfile(path, raw / relative)
        names.append(relative.as_posix())
    return names


def _extract(archive: Path, raw: Path) -> list[str]:
    try:
        with zipfile.ZipFile(archive) as content:
            members = [entry for entry in content.infolist() if not entry.is_dir()]
            for entry in members:
                _check_member(entry, archive)
            members = [entry for entry in members if not _hidden(PurePosixPath(entry.filename).parts)]
            if not members:
                raise StudyError("an archive with data files", "an empty archive", str(archive))
            _limit(len(members), sum(entry.file_size for entry in members), str(archive))
            for entry in members:
                _claim(raw / entry.filename, f"{archive}:{entry.filename}")
                _write_member(content, entry, raw / entry.filename)
            return [entry.filename for entry in members]
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise StudyError("a readable zip archive without a password", str(error)[:120], str(archive)) from None


def _check_member(entry: zipfile.ZipInfo, archive: Path) -> None:
    name = entry.filename
    path = PurePosixPath(name)
    unsafe = path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or "\0" in name
    if unsafe or stat.S_ISLNK(entry.external_attr >> 16):
        raise StudyError(
            "names that stay inside the archive's folder", f"'{name}'", str(archive), "do not trust this file"
        )


def _write_member(content: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path) -> None:
    """Never write more than the archive's own table says."""
    left = entry.file_size
    with content.open(entry) as source, target.open("wb") as sink:
        while chunk := source.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise zipfile.BadZipFile(f"{entry.filename} is larger than declared")
            sink.write(chunk)


def _limit(files: int, size: int, where: str) -> None:
    if files > _MOST_FILES or size > _MOST_BYTES:
        got = f"{files} files, {size / 1e9:.1f} GB"
        raise StudyError(f"at most {_MOST_FILES} files and {_MOST_BYTES / 1e9:.1f} GB", got, where)
