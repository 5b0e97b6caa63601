"""Files of a study: read with a schema, written all at once or not at all."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

from pydantic import BaseModel, ValidationError

from schemas.errors import StudyError

if TYPE_CHECKING:  # a command that finds nothing to do need not wait for Polars and Pandera
    import pandera.polars as pa
    import polars as pl

_GROUP = 250_000
_QUICK = 1
"""Level of compression of long frames: at the default level their compression takes as long as all else of a stage."""


class Ref(NamedTuple):
    """A file of a study by its relative path and content: what tasks exchange instead of big objects."""

    path: str
    sha256: str


def sha256_of(path: Path) -> str:
    """Hex digest of a file's bytes, or of a folder's sorted relative names and bytes; missing is `missing`."""
    if path.is_dir():
        lines = [f"{p.relative_to(path).as_posix()} {sha256_of(p)}" for p in sorted(path.rglob("*")) if p.is_file()]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()
    if not path.is_file():
        return "missing"
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def canonical_json(value: Any) -> bytes:  # noqa: ANN401 - anything JSON can hold
    """Sorted keys, two-space indent, final newline, no NaN: the same value gives the same bytes."""
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n").encode()


def document_bytes(document: BaseModel) -> bytes:
    """A document as canonical JSON."""
    return canonical_json(document.model_dump(mode="json", by_alias=True))


@contextmanager
def staged(root: Path, folders: Sequence[str] = ()) -> Generator[Path]:
    """A private folder that mirrors the study; on success its files replace the study's, on failure it vanishes.

    Every replacement is one `os.replace` on the same file system, so a reader sees the old or the new file, whole.

    Args:
        root: the study.
        folders: folders of the study in which files that were not written here are left over and go.
    """
    scratch = root / ".causal-ssm" / "tmp" / uuid4().hex
    scratch.mkdir(parents=True, mode=0o700)
    try:
        yield scratch
        written = sorted(p for p in scratch.rglob("*") if p.is_file())
        for path in written:
            _sync(path)
            target = root / path.relative_to(scratch)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
        present = {root / path.relative_to(scratch) for path in written}
        for stale in (p for folder in folders for p in (root / folder).rglob("*") if p.is_file() and p not in present):
            stale.unlink()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_bytes(path: Path, content: bytes) -> None:
    """Create parents, write to a temporary neighbour, then replace."""
    path.parent.mkdir(parents=True, exist_ok=True)
    neighbour = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        neighbour.write_bytes(content)
        neighbour.replace(path)
    finally:
        neighbour.unlink(missing_ok=True)


def write_document(path: Path, document: BaseModel) -> None:
    """Write a document as canonical JSON."""
    write_bytes(path, document_bytes(document))


def read_document[Document: BaseModel](path: Path, model: type[Document]) -> Document:
    """Read and validate a JSON document.

    Raises:
        StudyError: when the file is missing or does not follow its schema.
    """
    try:
        return model.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise StudyError(
            f"the file {path.name} of an earlier stage", "no such file", str(path), "causal-ssm run"
        ) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = f"{path} at {'.'.join(map(str, first['loc']))}"
        raise StudyError(f"a valid {model.__name__}", first["msg"], where, "causal-ssm run --force ingest") from None


def write_frame(path: Path, frame: "pl.DataFrame", schema: "type[pa.DataFrameModel]") -> None:
    """Validate a collected frame and write it as Parquet by the one code path that gives equal bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    validated = schema.validate(frame)
    validated.write_parquet(path, compression="zstd", statistics=True)


def write_parts(path: Path, parts: "Callable[[], Iterator[pl.DataFrame]]", schema: "type[pa.DataFrameModel]") -> None:
    """Write a frame that comes in validated parts, one at a time; a single part is written as `write_frame` does."""
    from polars.io.plugins import register_io_source  # noqa: PLC0415 - see above

    rest = parts()
    first = next(rest)
    second = next(rest, None)
    if second is None:
        write_frame(path, first, schema)
        return
    path.parent.mkdir(parents=True, exist_ok=True)

    def validated(
        _columns: list[str] | None, _predicate: "pl.Expr | None", _rows: int | None, _batch: int | None
    ) -> "Iterator[pl.DataFrame]":
        for part in chain([first, second], rest):
            yield schema.validate(part)

    source = register_io_source(validated, schema=first.schema)
    source.sink_parquet(
        path,
        compression="zstd",
        compression_level=_QUICK,
        statistics=True,
        row_group_size=_GROUP,
        maintain_order=True,
    )


def read_frame(path: Path, schema: "type[pa.DataFrameModel]") -> "pl.DataFrame":
    """Read a Parquet file and validate it.

    Raises:
        StudyError: when the file is missing.
    """
    import polars as pl  # noqa: PLC0415 - see above

    if not path.is_file():
        raise StudyError(f"the file {path.name} of an earlier stage", "no such file", str(path), "causal-ssm run")
    return schema.validate(pl.read_parquet(path))
