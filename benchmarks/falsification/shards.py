"""Results on disk, one JSON line a graph: a run that was stopped goes on where it was."""

import json
from pathlib import Path

from benchmarks.calibration.shards import digest
from benchmarks.falsification.cells import STRENGTH, Cell, Row, run
from ssm_core.discovery.falsify import COPIES

SHARDS = Path(__file__).parent / ".shards"
VERSION = 1
"""Of worlds and tests; a change of them makes earlier shards worthless."""


def _key(cell: Cell) -> str:
    kind = tuple(cell.kind) if cell.kind.coded else tuple(cell.kind)[:3]  # shards from before there were codes count
    return digest(cell.words, kind, cell.steps, cell.removed, STRENGTH, COPIES, VERSION)


def found(cell: Cell) -> dict[int, Row]:
    """Results of a line as it is now, by number; one that was cut off is skipped, it will be made again."""
    path, out = SHARDS / f"{cell.name}.jsonl", {}
    for line in path.read_text().splitlines() if path.is_file() else ():
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            continue
        if record["key"] == _key(cell):
            out[record["number"]] = Row(**record["row"])
    return out


def carry_out(cell: Cell, wanted: int) -> None:
    """Run what is missing among the first `wanted`."""
    SHARDS.mkdir(exist_ok=True)
    done = found(cell)
    with (SHARDS / f"{cell.name}.jsonl").open("a") as shard:
        for number in (n for n in range(wanted) if n not in done):
            row = run(cell, number)
            shard.write(json.dumps({"key": _key(cell), "number": number, "row": row._asdict()}) + "\n")
            shard.flush()
