"""`docs/calibration.md`, `.json` and `.svg`: one table, one picture, what was left out."""

import json
from pathlib import Path

import numpy as np

from benchmarks.calibration.classes import CLASSES
from benchmarks.calibration.picture import picture
from benchmarks.calibration.recovery import LARGER, OUTLYING, PROBLEMS, Recovered, coverage, recovered
from benchmarks.calibration.replication import RANKED, SETTINGS
from benchmarks.calibration.summary import ENOUGH, VALUES, Summary, summaries

DOCS = Path(__file__).parents[2] / "docs"


def write(folder: Path = DOCS) -> str:
    """Write the three files; returns the Markdown."""
    classes = summaries()
    problems = {name: found for name in PROBLEMS if (found := list(recovered(name).values()))}
    text = page(classes, problems)
    (folder / "calibration.md").write_text(text)
    (folder / "calibration.json").write_text(json.dumps(document(classes, problems), indent=1) + "\n")
    (folder / "calibration.svg").write_text(picture(classes))
    return text


def document(classes: dict[str, Summary], problems: dict[str, list[Recovered]]) -> dict:
    """All figures, and the histogram of every quantity's ranks in twenty bins."""
    return {
        "ranked_draws": RANKED,
        "classes": {
            name: {
                "words": CLASSES[name].words, "parameters": len(CLASSES[name].spec.parameters),
                "replications": s.replications, "adjusted_p": s.adjusted_p, "worst": s.worst,
                "adjusted_chi_square_p": s.adjusted_chi_square_p, "not_converged": s.not_converged,
                "failed": s.failed, "with_divergences": s.diverging, "with_several_modes": s.several_modes,
                "redrawn_per_replication": s.redrawn, "cpu_minutes": round(s.cpu_minutes, 2),
                "quantities": {label: q._asdict() | {"histogram": _histogram(s.ranks[label])}
                               for label, q in s.quantities.items()},
            }
            for name, s in classes.items()
        },
        "recovery": {name: coverage(found) | {"data_sets": len(found)} for name, found in problems.items()},
    }  # fmt: skip


def _histogram(ranks: np.ndarray) -> list[int]:
    return np.bincount(ranks * 20 // VALUES, minlength=20).tolist()


HEAD = f"""# Calibration

Written by `make calibration`. A parameter vector is drawn from the prior, a record with inputs and missing cells from
the model, the posterior from the engine that users run; the truth must then rank anywhere among posterior draws with
equal probability (simulation-based calibration, Talts et al. 2018). Ranked among {RANKED} nearly independent draws:
every parameter, the log-likelihood of the record, the steady-state effect of the exposure. *p* is that of the largest
departure of the ranks' distribution function from uniform, exact and simultaneous over its points (Säilynoja, Bürkner
& Vehtari 2022), times the number of quantities; chi-square is a second look.
"""

NOTES = f"""
- **Not converged**: a parameter short of {SETTINGS.ess:.0f} effective draws or above R-hat {SETTINGS.rhat} after
  {SETTINGS.most} draws in each of {SETTINGS.chains} chains. Their ranks count: leaving them out would flatter.
- **What is exact.** Latent-state classes are scored from the first step, as they are drawn. The others only condition
  on their first step; it is drawn from a law without parameters and the first state given it, so nothing is lost.
- **What is not.** In `calendar`, steps whose exposure is missing are conditioned on but not scored, though their
  outcome knows the parameters a little: such a step tells at most q²/(100 + q²) of what a scored one does about the
  mean, about 1 % of a step, with four of eighty steps concerned.
- Prior draws that are not stationary are drawn anew, as the posterior holds them impossible. Records are sampled on
  the scale they are drawn on, not standardised by their spread.
- **Student-t**: the log-likelihood that is ranked is the Gaussian one; any function of parameters and record may be.
"""


def page(classes: dict[str, Summary], problems: dict[str, list[Recovered]]) -> str:
    """The page as Markdown."""
    table = "\n".join(_row(name, s) for name, s in classes.items())
    short = [f"`{name}` {classes[name].replications if name in classes else 0}" for name in CLASSES
             if name not in classes or classes[name].replications < ENOUGH]  # fmt: skip
    missing = f"\nShort of {ENOUGH} replications so far: {', '.join(short)}.\n" if short else ""
    total = sum(len(s.quantities) for s in classes.values())
    least = min((q.p for s in classes.values() for q in s.quantities.values()), default=1.0)
    return (
        f"{HEAD}\n| class | what | parameters | replications | smallest adjusted p | by | chi-square | "
        f"not converged | no posterior | CPU minutes | for {ENOUGH} |\n|---|---|---|---|---|---|---|---|---|---|---|\n"
        f"{table}\n{missing}\n"
        f"Over all {total} quantities of all classes the smallest p is {least:.2g}, adjusted "
        f"{min(1.0, least * total):.2g}.\n"
        f"\n![rank distributions](calibration.svg)\n\nOne line a quantity: its ranks' distribution function minus the "
        f"uniform one. Grey: where 95 % of calibrated classes stay with all their lines; red: a line that leaves it.\n"
        f"{NOTES}\n{_recovery(problems)}"
    )


def _row(name: str, s: Summary) -> str:
    whole = s.cpu_minutes / s.replications * ENOUGH
    return (f"| {name} | {CLASSES[name].words} | {len(CLASSES[name].spec.parameters)} | {s.replications} | "
            f"{s.adjusted_p:.2g} | {s.worst} | {s.adjusted_chi_square_p:.2g} | {s.not_converged} | "
            f"{sum(s.failed.values())} | {s.cpu_minutes:.1f} | {whole:.0f} |")  # fmt: skip


def _recovery(problems: dict[str, list[Recovered]]) -> str:
    rows = "\n".join(f"| {name} | {len(found)} | {c['parameters']} | {c['covered_0.5']:.0%} | {c['covered_0.9']:.0%} | "
                     f"{c['least_0.9']:.0%} | {c['effect_width']:.2f} | {c['not_converged']} | {c['cpu_minutes']:.1f} |"
                     for name, found in problems.items() for c in [coverage(found)])  # fmt: skip
    return (
        "## Recovery of one truth\n\nHow often central intervals hold the truth, over data sets and parameters. "
        f"`outlying_*`: on {OUTLYING:.0%} of days the measurement noise is {LARGER:.0f} times as large; the same "
        "data sets, once with Student-t, once with Gaussian noise.\n\n| problem | data sets | parameters | in 50 % "
        "| in 90 % | least of a parameter in 90 % | mean width, effect | not converged | CPU minutes |\n"
        f"|---|---|---|---|---|---|---|---|---|\n{rows}\n"
    )
