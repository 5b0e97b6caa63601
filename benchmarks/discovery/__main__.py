"""`python -m benchmarks.discovery`: run what is missing, print the table, write `docs/discovery.md`."""

import argparse
import json
from pathlib import Path

import numpy as np

from benchmarks.calibration.shards import digest
from benchmarks.discovery.codes import CHILDREN, trust
from benchmarks.discovery.codes import HEAD as CODES_HEAD
from benchmarks.discovery.codes import STEPS as CODES_STEPS
from benchmarks.discovery.study import STEPS, Row, run
from benchmarks.discovery.worlds import COLUMNS, WORLDS, World

VERSION = 1
"""Of worlds and method; a change makes earlier shards worthless."""
SHARDS = Path(__file__).parent / ".shards"
DOCS = Path(__file__).parents[2] / "docs"
ADDED = (0, 2)
CODED_RECORDS = 300
HEAD = ["world", "graphs added at most", "records", "90 % interval covers", "mean width", "rmse",
        "says effect (truth 0)", "graphs fitted", "configure CPU s", "all CPU s"]  # fmt: skip


def main() -> None:
    """Go round the worlds, so that a run that is stopped has something of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=60, help="records of each world")
    wanted = parser.parse_args().records
    SHARDS.mkdir(exist_ok=True)
    for number in range(wanted):
        for name in WORLDS:
            for added in ADDED:
                _carry_out(name, number, added)
    print(write())


def _shard(name: str, added: int) -> Path:
    return SHARDS / f"{name}-{added}.jsonl"


def _key(world: World, added: int) -> str:
    return digest(tuple(world), added, STEPS, VERSION)


def found(name: str, added: int) -> dict[int, Row]:
    """Results as the code is now, by number."""
    path, out = _shard(name, added), {}
    for line in path.read_text().splitlines() if path.is_file() else ():
        record = json.loads(line)
        if record["key"] == _key(WORLDS[name], added):
            out[record["number"]] = Row(**record["row"])
    return out


def _carry_out(name: str, number: int, added: int) -> None:
    if number in found(name, added):
        return
    row = run(name, number, added)
    line = {"key": _key(WORLDS[name], added), "number": number, "row": row._asdict()}
    with _shard(name, added).open("a") as shard:
        shard.write(json.dumps(line) + "\n")


def write() -> str:
    """Write the page; returns it."""
    rows = [_line(name, added) for name in WORLDS for added in ADDED]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in [HEAD, ["---"] * len(HEAD), *rows])
    page = (
        "# Graphs that the record adds\n\n"
        f"Written by `python -m benchmarks.discovery`. Records of {STEPS} days with {COLUMNS} columns beside a coded "
        "exposure and an outcome; nobody declares which column matters (`benchmarks/discovery/worlds.py`). The same "
        "records are answered with `configure.discovery.graphs: 0` and with the default of 2. The true effect is 0 in "
        "every other record and 0.5 in the rest.\n\n"
        f"{table}\n"
    )
    trusted = [trust(child, steps, CODED_RECORDS) for child in CHILDREN for steps in CODES_STEPS]
    second = "\n".join(f"| {' | '.join(cells)} |" for cells in [CODES_HEAD, ["---"] * len(CODES_HEAD), *trusted])
    page += (
        "\n## Causes of a child with two values\n\n"
        "A column with two values is scored as if it were normal. The edge w to x at lag 1 is there in about "
        "half of the records (size 0.1 to 0.7), its prior probability is a half; the last columns say how often it is "
        f"there where the probability lies in a range.\n\n{second}\n"
    )
    (DOCS / "discovery.md").write_text(page)
    return page


def _line(name: str, added: int) -> list[str]:
    rows = list(found(name, added).values())
    if not rows:
        return [WORLDS[name].words, str(added), "0", *["-"] * 7]
    truth, mean, low, high = np.array([row[:4] for row in rows], dtype=float).T
    covered = np.mean((low <= truth) & (truth <= high))
    null = [row for row in rows if row.truth == 0]
    said = sum(row.verdict == "effect" for row in null)
    return [
        WORLDS[name].words,
        str(added),
        str(len(rows)),
        f"{covered:.0%} (±{np.sqrt(covered * (1 - covered) / len(rows)):.0%})",
        f"{np.mean(high - low):.2f}",
        f"{np.sqrt(np.mean((mean - truth) ** 2)):.3f}",
        f"{said} of {len(null)}",
        f"{np.mean([row.fitted for row in rows]):.1f}",
        f"{np.mean([row.configure_s for row in rows]):.2f}",
        f"{np.mean([row.cpu_s for row in rows]):.1f}",
    ]


if __name__ == "__main__":
    main()
