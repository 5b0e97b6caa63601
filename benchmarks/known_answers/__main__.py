"""`make known-answers`: run every study, write `docs/known-answers.md` and the figures that tests compare with."""

import os
import sys
import tempfile
from pathlib import Path

from benchmarks.known_answers.interventions import INTERVENTIONS
from benchmarks.known_answers.likelihood import nile_log_likelihood
from benchmarks.known_answers.run import Outcome, run_study
from benchmarks.known_answers.studies import STUDIES, pooled
from schemas.results import Headline
from tasks.artifacts import canonical_json, write_bytes

ROOT = Path(__file__).parents[2]
FIGURES = ROOT / "docs" / "known-answers.json"
PAGE = ROOT / "docs" / "known-answers.md"
HEAD = """# Known answers

Written by `make known-answers`; the test suite runs the same studies and compares. Nothing was tuned to them: every
study uses the default parameters and the declarations listed with it (`benchmarks/known_answers/studies.py`,
`interventions.py`).

| study | published or true | verdict | estimate [90 %] | sd | plain difference (SE) | lines met |
|---|---|---|---|---|---|---|
"""


def data_folder() -> Path:
    """Where the real data lie."""
    return Path(os.environ.get("CAUSAL_SSM_SHARED_DATA") or ROOT.parent / "shared" / "data")


def main() -> None:
    """Run all studies one after the other."""
    outcomes = []
    for study in (*STUDIES, *INTERVENTIONS):
        with tempfile.TemporaryDirectory() as scratch:
            outcomes.append(run_study(study, data_folder(), Path(scratch) / study.name))
        sys.stdout.write(f"{study.name}: {outcomes[-1].verdict.verdict}\n")
    nile = nile_log_likelihood(data_folder() / "classic_interventions" / "Nile.csv")
    write_bytes(FIGURES, canonical_json({o.study.name: figures(o) for o in outcomes}))
    write_bytes(PAGE, page(outcomes, nile).encode())


def figures(outcome: Outcome) -> dict[str, object]:
    """What a test compares with."""
    estimate = outcome.verdict.estimate
    shown = None if estimate is None else {"mean": estimate.mean, "sd": estimate.sd}
    return {"verdict": outcome.verdict.verdict, "estimate": shown}


def page(outcomes: list[Outcome], nile: float) -> str:
    """The page as Markdown."""
    table = "\n".join(_row(outcome) for outcome in outcomes)
    lines = "\n".join(f"- **{o.study.name}**: {_lines(o)}. Declared: `{o.study.params}`" for o in outcomes)
    likelihood = (
        f"Log-likelihood of the local level model on the Nile record (variances 15098.5 and 1469.2, diffuse start): "
        f"{nile:.4f}; published -632.5456 (Durbin & Koopman 2012; the diffuse step contributes no constant)."
    )
    return f"{HEAD}{table}\n\n## Line by line\n\n{lines}\n\n## The filter\n\n{likelihood}\n"


def _row(outcome: Outcome) -> str:
    naive, met = outcome.verdict.naive_difference, outcome.met
    difference = "-" if naive.mean is None else f"{naive.mean:+.3g} ({naive.se:.2g})"
    return (
        f"| {outcome.study.name} | {outcome.study.published} | {outcome.verdict.verdict} | "
        f"{_interval(outcome.verdict.estimate)} | {difference} | {sum(met.values())} of {len(met)} |"
    )


def _interval(estimate: Headline | None) -> str:
    if estimate is None:
        return "withheld | -"
    return f"{estimate.mean:+.3g} [{estimate.q05:+.3g}, {estimate.q95:+.3g}] | {estimate.sd:.2g}"


def _lines(outcome: Outcome) -> str:
    period = pooled(outcome.effects, "period_effect")
    whole = period.reason if period.mean is None else f"{period.mean:+.3g} [{period.q05:+.3g}, {period.q95:+.3g}]"
    met = "; ".join(f"{words}: {'yes' if holds else 'NO'}" for words, holds in outcome.met.items())
    forecast = "" if outcome.study.forecast is None else f". {outcome.forecast['sentence'].removesuffix('.')}"
    return f"{met}. Effect over the whole record: {whole}{forecast}"


if __name__ == "__main__":
    main()
