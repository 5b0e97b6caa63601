"""Studies on disk, one JSON line each, and packed beside the results: a run that was stopped goes on where it was."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

import polars as pl

from benchmarks.calibration.shards import digest
from benchmarks.simulations import prior_truths, study
from benchmarks.simulations.scenarios import SCENARIOS, TRUTHS
from benchmarks.simulations.study import INFER, Row
from schemas.errors import StudyError

SHARDS = Path(__file__).parent / ".shards"
PACKED = Path(__file__).parents[1] / "results" / "simulations.parquet"
VERSIONS = {
    2: "the default prior of a weekday was 0.3 of the outcome's standard deviation, that of an effect's further lags a "
    "quarter of the first one's",
    3: "the weekday's is one standard deviation, all lags of an effect have the same",
}
"""Of the worlds and of the program's default priors, oldest first: studies of one version say nothing of another."""
VERSION = max(VERSIONS)
ENOUGH = 200
"""Studies of today's version from which on an earlier one with more is not shown."""


class Cell(NamedTuple):
    """One line of the table; `truth` is None where truths are drawn from the prior."""

    scenario: str
    steps: int
    truth: float | None
    version: int = VERSION

    @property
    def key(self) -> str:
        """What its shard depends on, the program's own code aside."""
        of = SCENARIOS[self.scenario]
        return digest(
            self.scenario, self.steps, self.truth, dict(of.study), dict(of.configure), of.words, INFER, self.version
        )

    @property
    def path(self) -> Path:
        """Its shard."""
        kind = "prior" if self.truth is None else f"{self.truth:g}"
        return SHARDS / f"{self.scenario.replace(' ', '_').replace(',', '')}-T{self.steps}-{kind}.jsonl"


FROM_PRIOR = ("randomised", "feedback", "confounder", "calendar", "missing", "front door", "late hidden cause")
"""Scenarios whose truths are also drawn from the prior: the exposure comes about as the spec or its shape says."""
WASHOUT_TRUTH = 1.0


def cells() -> list[Cell]:
    """The whole table, cheap and telling lines first."""
    fixed, prior = [], []
    for name, of in SCENARIOS.items():
        truths = (WASHOUT_TRUTH,) if name == "washout" else (TRUTHS[:2] if not of.identified else TRUTHS)
        fixed += [Cell(name, steps, truth) for steps in of.steps for truth in truths]
        prior += [Cell(name, steps, None) for steps in of.steps if name in FROM_PRIOR]
    return fixed + prior


def found(cell: Cell) -> dict[int, Row]:
    """Studies of a cell as it is now, by number; a line that was cut off is skipped, it will be made again."""
    out = {number: row for key, number, row in _packed() if key == cell.key}
    if not cell.path.is_file():
        return out
    for line in cell.path.read_text().splitlines():
        try:
            record = json.loads(line)
        except json.JSONDecodeError:
            continue
        if record["key"] == cell.key:
            out[record["number"]] = Row(**record["row"])
    return out


def every_version() -> dict[Cell, dict[int, Row]]:
    """All studies that there are, of every version."""
    return {dated: found(dated) for cell in cells() for v in VERSIONS if (dated := cell._replace(version=v))}


def shown(studies: Mapping[Cell, Mapping[int, Row]]) -> dict[Cell, Mapping[int, Row]]:
    """One version of each line: today's once it has `ENOUGH` studies, else the one with most of them."""
    out = {}
    for cell in cells():
        dated = [cell._replace(version=v) for v in VERSIONS]
        most = max(dated, key=lambda of: (len(studies[of]), of.version))
        chosen = cell if len(studies[cell]) >= ENOUGH else most
        out[chosen] = studies[chosen]
    return out


def pack(studies: Mapping[Cell, Mapping[int, Row]]) -> None:
    """Keep what was run beside the other results, so that another machine goes on from there."""
    rows = [
        {"key": cell.key, "number": number, **row._asdict()}
        for cell, of in studies.items()
        for number, row in of.items()
    ]
    if rows:
        pl.DataFrame(rows, infer_schema_length=None).write_parquet(PACKED, compression="zstd", compression_level=15)


@cache
def _packed() -> list[tuple[str, int, Row]]:
    if not PACKED.is_file():
        return []
    return [(row.pop("key"), row.pop("number"), Row(**row)) for row in pl.read_parquet(PACKED).to_dicts()]


def carry_out(cell: Cell, wanted: int) -> Iterator[int]:
    """Studies still missing among the first `wanted`, written as they come."""
    SHARDS.mkdir(exist_ok=True)
    done = found(cell)
    for number in (n for n in range(wanted) if n not in done):
        row = _run(cell, number)
        with cell.path.open("a") as shard:
            shard.write(json.dumps({"key": cell.key, "number": number, "row": row._asdict()}) + "\n")
        yield number


def _run(cell: Cell, number: int) -> Row:
    scenario = SCENARIOS[cell.scenario]
    try:
        if cell.truth is None:
            return prior_truths.run(scenario, cell.steps, number, _template(cell.scenario, cell.steps))
        return study.run(scenario, cell.steps, cell.truth, number)
    except StudyError as error:
        raise RuntimeError(f"study {number} of {cell} was refused: {error}") from error


@cache
def _template(name: str, steps: int) -> prior_truths.Template:
    return prior_truths.template(SCENARIOS[name], steps)
