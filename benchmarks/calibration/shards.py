"""Replications on disk, one JSON line each: a run that was stopped goes on where it was."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from benchmarks.calibration.classes import ModelClass
from benchmarks.calibration.replication import RANKED, SETTINGS, Replication, replicate

SHARDS = Path(__file__).parent / ".shards"


def key_of(of: ModelClass) -> str:
    """What a line depends on, the engine's own code aside."""
    return digest(of.spec.model_dump(mode="json"), of.steps, of.responds, of.uneven, of.unknown_inputs,
                  RANKED, list(SETTINGS))  # fmt: skip


def digest(*parts: object) -> str:
    """A short hash of anything that JSON can hold."""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def found(name: str, of: ModelClass, folder: Path = SHARDS) -> dict[int, Replication]:
    """Replications of the class as it is now; a line that was cut off is skipped, it will be made again."""
    path, out = folder / f"{name}.jsonl", {}
    if not path.is_file():
        return out
    for line in path.read_text().splitlines():
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            continue
        if record["key"] == key_of(of):
            out[record["number"]] = Replication(**record["replication"])
    return out


def carry_out(name: str, of: ModelClass, wanted: int, folder: Path = SHARDS) -> Iterator[tuple[int, Replication]]:
    """Replications that are still missing among the first `wanted`, written as they come."""
    folder.mkdir(parents=True, exist_ok=True)
    done, path = found(name, of, folder), folder / f"{name}.jsonl"
    for number in (n for n in range(wanted) if n not in done):
        replication = replicate(name, of, number)
        line = json.dumps({"key": key_of(of), "number": number, "replication": replication._asdict()})
        with path.open("a") as shard:
            shard.write(("" if _ends_whole(path) else "\n") + line + "\n")
        yield number, replication


def _ends_whole(path: Path) -> bool:
    """Whether the last line is complete."""
    with path.open("rb") as shard:
        size = shard.seek(0, 2)
        if size == 0:
            return True
        shard.seek(size - 1)
        return shard.read() == b"\n"
