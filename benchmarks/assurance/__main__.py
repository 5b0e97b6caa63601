"""`python -m benchmarks.assurance`: the assurance beside refits to simulated records, as `docs/assurance.md`."""

import argparse
import sys
from pathlib import Path

import numpy as np

from benchmarks.assurance.further import answered_later
from benchmarks.assurance.studies import demo, short_record, short_trial
from benchmarks.simulations.summary import share
from ssm_core.designs.assurance import Prospect, Rule, prospects
from tasks.answering.checks.line import Case
from tasks.answering.verdict import noise_of, prior_of

LENGTHS = (28, 84, 252)
PAGE = Path(__file__).parents[2] / "docs" / "assurance.md"


def compared(name: str, case: Case, studies: int) -> list[list[str]]:
    """A row a length: the closed form, and the share of refits that say `effect`."""
    protocol, effect = case.findings.protocol, case.effect
    assert effect is not None
    rule = Rule(protocol.decision.prob_direction, protocol.decision.prob_meaningful, protocol.decision.prob_equivalent,
                protocol.rope.low, protocol.rope.high)  # fmt: skip
    noise = noise_of(case.spec, case.theta)
    known = None if protocol.randomised else prior_of(protocol, case.spec)
    about = np.flatnonzero((effect < rule.low) | (effect > rule.high))
    rows = []
    for steps in LENGTHS:
        (found,) = prospects(effect, noise, 0.5, rule, (steps,), known=known)
        rng = np.random.default_rng([steps, studies])
        draws = rng.choice(about, studies)
        answers = [answered_later(case, int(draw), steps, rng) for draw in draws]
        hits = [one.verdict == "effect" for one in answers if one is not None]
        rows.append([name, str(steps), _percent(found), str(share(hits)), str(len(hits))])
        sys.stderr.write(f"{' | '.join(rows[-1])}\n")
    return rows


def _percent(found: Prospect) -> str:
    return f"{100 * found.settled:.1f} % ({100 * found.low:.0f}-{100 * found.high:.0f})"


def main() -> None:
    """Every study at every length."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--studies", type=int, default=200, help="simulated further records a row")
    studies = parser.parse_args().studies
    rows = [
        row
        for name, case in (("demo", demo()), ("sixty days", short_trial()), ("a trial after a record", short_record()))
        for row in compared(name, case, studies)
    ]
    head = ["study", "more steps", "assurance (10-90 %)", "refits that say effect", "refits"]
    table = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *(f"| {' | '.join(row)} |" for row in rows)]
    page = (
        "# Assurance against simulated further records\n\nWritten by `python -m benchmarks.assurance`. The assurance "
        "that `causal-ssm design` prints is a closed form; here further records are simulated from draws of the fitted "
        "model with an effect that matters, chance deciding the exposure in pairs, the model is fitted again (mode and "
        "curvature) to the whole record, and the rule of the verdict is applied. After a record that chance did not "
        "decide (the last study: 120 days with feedback, an effect of 0.8) the exposure of the steps before the trial "
        "is left out, as the analysis of a planned sequence does. Shares carry their exact 95 % interval.\n\n"
        + "\n".join(table)
        + "\n"
    )  # fmt: skip
    PAGE.write_text(page)
    sys.stdout.write(page)


if __name__ == "__main__":
    main()
