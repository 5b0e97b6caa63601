"""Studies on disk, one JSON line each: a run that was stopped goes on where it was."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from benchmarks.calibration.shards import digest
from benchmarks.simulations import prior_truths, study
from benchmarks.simulations.scenarios import SCENARIOS, TRUTHS
from benchmarks.simulations.study import INFER, Row
from schemas.errors import StudyError
from schemas.protocol import Protocol
from ssm_core.inference.density import LogPosterior

SHARDS = Path(__file__).parent / ".shards"
VERSION = 1
"""Of the worlds; a change of them makes earlier shards worthless."""


class Cell(NamedTuple):
    """One line of the table; `truth` is None where truths are drawn from the prior."""

    scenario: str
    steps: int
    truth: float | None

    @property
    def key(self) -> str:
        """What its shard depends on, the program's own code aside."""
        of = SCENARIOS[self.scenario]
        return digest(
            self.scenario, self.steps, self.truth, dict(of.study), dict(of.configure), of.words, INFER, VERSION
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
    out: dict[int, Row] = {}
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
            protocol, prior = _template(cell.scenario, cell.steps)
            return prior_truths.run(scenario, cell.steps, number, protocol, prior)
        return study.run(scenario, cell.steps, cell.truth, number)
    except StudyError as error:
        raise RuntimeError(f"study {number} of {cell} was refused: {error}") from error


@cache
def _template(name: str, steps: int) -> tuple[Protocol, LogPosterior]:
    return prior_truths.template(SCENARIOS[name], steps)
