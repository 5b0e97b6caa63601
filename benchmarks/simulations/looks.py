"""`python -m benchmarks.simulations.looks`: how often sixty nightly looks ever say an effect where there is none.

A record of 120 steps without effect is looked at after each of its last sixty steps. Every look fits the same model to
the steps so far (mode and curvature, see `ssm_core.robustness.refits`) and applies the rule of the verdict.
"""

import argparse
import json
import sys
from pathlib import Path
from statistics import NormalDist
from typing import Literal, NamedTuple

import numpy as np

from benchmarks.simulations.scenarios import SCENARIOS
from benchmarks.simulations.study import answered, frozen, panel_of, params_of
from benchmarks.simulations.summary import share
from schemas.deciding import Thresholds
from ssm_core.effects.verdict import Evidence, decide, in_force
from tasks.answering.checks.line import Case

SHARDS = Path(__file__).parent / ".shards"
DOCS = Path(__file__).parents[2] / "docs"
STEPS, LOOKS = 120, 60
type Rule = Literal["once", "nightly"]
CASES = ("randomised", "feedback", "naive trap")


class Looks(NamedTuple):
    """One study: at how many of its looks each rule said an effect."""

    once: int
    nightly: int
    last: bool


def looked_at(name: str, number: int) -> Looks | None:
    """Simulate one record without effect and look at it sixty times; None where a look cannot be fitted."""
    scenario = SCENARIOS[name]
    rng = np.random.default_rng([number, STEPS, 60])
    panel, params = panel_of(scenario.world(rng, STEPS, 0.0)), params_of(scenario, number)
    protocol = frozen(params, panel)
    case = Case(answered(protocol, panel, params)[0], params)
    if case.refitter is None:
        return None
    size, at = protocol.contrast_to - protocol.contrast_from, np.arange(STEPS)
    said: dict[Rule, list[bool]] = {"once": [], "nightly": []}
    for seen in range(STEPS - LOOKS + 1, STEPS + 1):
        found = case.refitter.without(at >= seen)
        if found is None:
            return None
        effect = NormalDist(size * found.mean, abs(size) * found.sd)
        outside = effect.cdf(protocol.rope.low) + 1 - effect.cdf(protocol.rope.high)
        evidence = Evidence(0.0, (), 1 - effect.cdf(0.0), outside)
        for looks, verdicts in said.items():
            verdicts.append(decide(evidence, in_force(Thresholds(), looks)) == "effect")
    return Looks(sum(said["once"]), sum(said["nightly"]), said["once"][-1])


def main() -> None:
    """Carry out the studies that are missing, write `docs/looks.md`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=200, help="of each scenario")
    wanted = parser.parse_args().studies
    SHARDS.mkdir(exist_ok=True)
    rows = []
    for name in CASES:
        path = SHARDS / f"looks-{name.replace(' ', '_')}.jsonl"
        done = [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []
        for number in range(len(done), wanted):
            found = looked_at(name, number)
            done.append(None if found is None else found._asdict())
            with path.open("a") as shard:
                shard.write(json.dumps(done[-1]) + "\n")
            if (number + 1) % 20 == 0:
                sys.stderr.write(f"{name}: {number + 1} of {wanted}\n")
        kept = [row for row in done if row is not None]
        figures = (share([bool(row[key]) for row in kept]) for key in ("last", "once", "nightly"))
        rows.append([name, str(len(kept)), *map(str, figures)])
    page = _page(rows)
    (DOCS / "looks.md").write_text(page)
    sys.stdout.write(page)


def _page(rows: list[list[str]]) -> str:
    head = ["scenario", "studies", "at the last look", "ever in 60 looks", "ever, `estimate.looks: nightly`"]
    table = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *(f"| {' | '.join(row)} |" for row in rows)]
    return "# Sixty nightly looks at a record without effect\n\n" + (__doc__ or "").split("\n\n", 1)[1] + (
        "\nHow often an effect is said. Every look is another chance; where a study is answered every night, "
        "`estimate.looks: nightly` asks for a higher certainty of the direction.\n\n"
    ) + "\n".join(table) + "\n"  # fmt: skip


if __name__ == "__main__":
    main()
