"""Copying a file, a folder or a zip archive into `data/raw`, safely; archives inside are unpacked as well."""

import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from unicodedata import category

from schemas.errors import StudyError

_MOST_BYTES = 8 * 1024**3
_MOST_FILES = 20_000
_CHUNK = 1 << 20
_DEEPEST = 2
_RATIO, _RATIO_FROM = 400, 64 * 1024**2
_LONGEST_PART, _LONGEST = 255, 1024
_ENCRYPTED = 1


def copy_data(paths: Sequence[Path], raw: Path) -> list[str]:
    """Copy everything given into `raw`; returns the relative names, sorted.

    Raises:
        StudyError: a path is missing, empty or unsafe, or two files would have one name.
    """
    for path in paths:
        if not path.exists():
            raise StudyError("a file, folder or zip archive", "nothing there", str(path), "check the path after --data")
        if path.is_dir():
            _copy_folder(path, raw)
        elif zipfile.is_zipfile(path) and path.suffix.lower() == ".zip":
            _extract(path, raw, path.name)
        elif path.suffix.lower() == ".zip":
            raise StudyError("a zip archive", "a damaged or different file", str(path))
        else:
            _claim(raw / path.name, str(path))
            shutil.copyfile(path, raw / path.name)
    _unpack_inner(raw)
    return sorted(path.relative_to(raw).as_posix() for path in raw.rglob("*") if path.is_file())


def _unpack_inner(raw: Path) -> None:
    """Unpack archives below `raw` into folders of their names, twice at most; deeper ones stay as they are."""
    for _ in range(_DEEPEST):
        inner = sorted(path for path in raw.rglob("*.zip") if path.is_file() and zipfile.is_zipfile(path))
        for archive in inner:
            where = archive.relative_to(raw).as_posix()
            used = sum(path.stat().st_size for path in raw.rglob("*") if path.is_file())
            _extract(archive, archive.with_suffix(""), where, used)
            archive.unlink()


def _claim(target: Path, where: str) -> None:
    if target.exists():
        raise StudyError("files of different names", f"'{target.name}' twice", where, "rename one of them")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        got = f"a file and a folder of the name '{target.parent.name}'"
        raise StudyError("files and folders of different names", got, where, "rename one of them") from None


def _hidden(parts: Sequence[str]) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def _copy_folder(folder: Path, raw: Path) -> None:
    found = sorted(p for p in folder.rglob("*") if p.is_file() and not p.is_symlink())
    files = [path for path in found if not _hidden(path.relative_to(folder).parts)]
    if not files:
        raise StudyError("a folder with data files", "an empty folder", str(folder))
    _limit(len(files), sum(path.stat().st_size for path in files), str(folder))
    for path in files:
        relative = path.relative_to(folder)
        _claim(raw / relative, str(path))
        shutil.copyfile(path, raw / relative)


def _extract(archive: Path, raw: Path, where: str, used: int = 0) -> None:
    """Unpack one archive, of which nothing is believed but checked."""
    try:
        with zipfile.ZipFile(archive) as content:
            members = [entry for entry in content.infolist() if not entry.is_dir()]
            for entry in members:
                _check_member(entry, where)
            members = [entry for entry in members if not _hidden(PurePosixPath(entry.filename).parts)]
            if not members:
                raise StudyError("an archive with data files", "an empty archive", where)
            _limit(len(members), used + sum(entry.file_size for entry in members), where)
            for entry in members:
                _claim(raw / entry.filename, f"{where}:{entry.filename}")
                _write_member(content, entry, raw / entry.filename)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, zlib.error, struct.error) as error:
        raise StudyError("a readable zip archive without a password", str(error)[:120], where) from None


def _check_member(entry: zipfile.ZipInfo, where: str) -> None:
    name = entry.filename
    path = PurePosixPath(name)
    unsafe = path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name
    if unsafe or stat.S_ISLNK(entry.external_attr >> 16):
        raise StudyError("names that stay inside the archive's folder", f"'{name}'", where, "do not trust this file")
    if not _plain(name):
        raise StudyError("names of characters that can be seen", ascii(name), where, "do not trust this file")
    if len(name.encode("utf-8", "replace")) > _LONGEST or any(
        len(part.encode()) > _LONGEST_PART for part in path.parts
    ):
        got = f"one of {len(name)} characters: '{name[:40]}...'"
        raise StudyError(f"names of at most {_LONGEST_PART} bytes a part, {_LONGEST} in all", got, where)
    if entry.flag_bits & _ENCRYPTED:
        raise StudyError("an archive without a password", f"'{name}' is encrypted", where, "unpack it yourself")
    if entry.file_size > _RATIO_FROM and entry.file_size > _RATIO * max(entry.compress_size, 1):
        got = f"'{name}' grows from {entry.compress_size} to {entry.file_size} bytes"
        raise StudyError(
            f"files that unpack to at most {_RATIO} times their size", got, where, "do not trust this file"
        )


def _plain(name: str) -> bool:
    """Whether no character of the name could steer a terminal or hide."""
    return not any(category(character) in ("Cc", "Cf", "Cs") for character in name)


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
