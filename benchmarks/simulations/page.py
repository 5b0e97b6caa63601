"""The page of the simulations: one table a question, and what each scenario is."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from benchmarks.simulations.scenarios import SCENARIOS
from benchmarks.simulations.shards import VERSIONS, Cell
from benchmarks.simulations.study import INFER, Row
from benchmarks.simulations.summary import Line, Share, summary_of

DOCS = Path(__file__).parents[2] / "docs"
INTRODUCTION = f"""# Simulated studies

Written by `python -m benchmarks.simulations`. Every study is a record with a known truth that goes through the
functions of the six stages: protocol by the rules, fit, effects, verdict. Intervals are 90 % and are scored in all
studies, also where the verdict withholds the number; shares carry their exact 95 % Monte Carlo interval. The sampler
runs with
{", ".join(f"{name} {value:g}" for name, value in INFER.items())}; all other settings are the defaults.
The outcome's noise has standard deviation one: an effect of 0.3 is 0.3 of it. The worlds are in
`benchmarks/simulations/worlds.py`. The column *priors* says which default priors a line was run with:
{"; ".join(f"{version}, {words}" for version, words in VERSIONS.items())}. The sampler's target acceptance, which
changes no law, was 0.75 at first and 0.9 later.
"""


def write(studies: Mapping[Cell, Mapping[int, Row]]) -> str:
    """Write page and figures; returns the page."""
    lines = [summary_of(cell, list(rows.values())) for cell, rows in studies.items() if rows]
    prior = [x for x in lines if x.cell.truth is None]
    known = [x for x in lines if x.cell.truth is not None and SCENARIOS[x.cell.scenario].identified]
    refused = [x for x in lines if not SCENARIOS[x.cell.scenario].identified]
    faded = [x for x in lines if x.half_life is not None]
    nothing = [x for x in known if x.cell.truth == 0.0]
    page = "\n".join(
        [
            INTRODUCTION,
            _section("Coverage, truths drawn from the fitted prior (87-93 % expected)", _coverage, prior),
            _section("Coverage, fixed truths, default priors (at least 85 % expected)", _coverage, known),
            _section("No effect: how often one is said (at most 7 % expected)", _null, nothing),
            _section("Where the plain difference is wrong", _naive, known),
            _section("Refusals: where the effect cannot be known (no number expected)", _refusals, refused),
            _section("Carry-over: half-life of two to four steps (85-95 % expected)", _washout, faded),
            _scenarios(),
        ]
    )
    (DOCS / "simulations.md").write_text(page)
    (DOCS / "simulations.json").write_text(json.dumps([_record(line) for line in lines], indent=1) + "\n")
    return page


def _section(title: str, table: Callable[[Sequence[Line]], list[list[str]]], lines: Sequence[Line]) -> str:
    if not lines:
        return f"## {title}\n\nNot run yet.\n"
    rows = table(lines)
    head, *body = rows
    text = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *(f"| {' | '.join(row)} |" for row in body)]
    return f"## {title}\n\n" + "\n".join(text) + "\n"


def _name(line: Line) -> list[str]:
    truth = "prior" if line.cell.truth is None else f"{line.cell.truth:g}"
    return [line.cell.scenario, str(line.cell.steps), truth, str(line.cell.version), str(line.studies)]


HEAD = ["scenario", "steps", "true effect", "priors", "studies"]


def _coverage(lines: Sequence[Line]) -> list[list[str]]:
    head = [*HEAD, "coverage", "mean width", "mean error", "withheld", "gates that failed", "CPU s a study"]
    failed = [", ".join(f"{name} {count}" for name, count in x.failed.items()) or "none" for x in lines]
    return [
        head,
        *(
            [
                *_name(x),
                _share(x.coverage),
                _number(x.width),
                _number(x.bias),
                _share(x.withheld),
                gates,
                f"{x.cpu_s:.2f}",
            ]
            for x, gates in zip(lines, failed, strict=True)
        ),
    ]


def _null(lines: Sequence[Line]) -> list[list[str]]:
    return [[*HEAD, "says effect"], *([*_name(x), _share(x.effects)] for x in lines)]


def _naive(lines: Sequence[Line]) -> list[list[str]]:
    head = [*HEAD, "plain difference: coverage", "its mean error", "ours: coverage", "our mean error"]
    return [head, *([*_name(x), _share(x.naive_coverage), _number(x.naive_bias), _share(x.coverage), _number(x.bias)]
                    for x in lines)]  # fmt: skip


def _refusals(lines: Sequence[Line]) -> list[list[str]]:
    return [[*HEAD, "gives a number"], *([*_name(x), f"{round((1 - x.withheld.value) * x.studies)}"] for x in lines)]


def _washout(lines: Sequence[Line]) -> list[list[str]]:
    head = [*HEAD, "half-lives given", "their coverage", "plain difference: mean error", "our mean error"]
    return [head, *([*_name(x), str(x.half_lives), _share(x.half_life), _number(x.naive_bias), _number(x.bias)]
                    for x in lines)]  # fmt: skip


def _share(of: Share | None) -> str:
    return "-" if of is None else str(of)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _scenarios() -> str:
    text = [f"- **{name}**: {of.words}." for name, of in SCENARIOS.items()]
    return "## Scenarios\n\n" + "\n".join(text) + "\n"


def _record(line: Line) -> dict:
    return {**line._asdict(), "cell": line.cell._asdict()}
