"""`causal-ssm design`: the next experiment of a study as a schedule, with what it promises."""

from pathlib import Path
from typing import Any, NamedTuple

from schemas.errors import StudyError
from tasks.answering.next_step import percent
from tasks.artifacts import write_bytes
from tasks.settings import load_params
from tasks.trial import Trial, trial_of

SHOWN = (14, 28, 56, 112, 365)


class Designed(NamedTuple):
    """A plan and where it was written."""

    trial: Trial
    path: Path

    def document(self) -> dict[str, Any]:
        """The form that `--json` prints."""
        return self.trial.document() | {"path": str(self.path)}

    @property
    def lines(self) -> tuple[str, ...]:
        """The form for people."""
        t = self.trial
        steps = f"{t.schedule.height} {t.unit}s from {t.schedule[t.schedule.columns[0]][0]}"
        low, high = (f"{value:g}" for value in t.values)
        every = f"every {t.unit}" if t.period == 1 else f"every {t.period} {t.unit}s"
        return (
            f"Schedule: {t.treatment} {low} or {high}{t.words} by chance, decided anew {every}, in pairs: {steps}.",
            _washout(t),
            *_promises(t),
            f"Written to {self.path}.",
            "Do as it says and record what you did and "
            f"{t.outcome} as before. Then add the column {t.column} to your data and set in params.yaml:",
            *(f"  study.{line}" for line in ("randomised: true", f"planned: {t.column}", f"design: {_design(t)}")),
        )


def design(root: Path, steps: int | None, period: int | None, seed: int, *, force: bool) -> Designed:
    """Write `design/schedule.csv` of a study.

    Raises:
        StudyError: the study was not run yet, a length cannot be used, or another schedule is there.
    """
    trial = trial_of(root, load_params(root), steps, period, seed)
    path, content = root / "design/schedule.csv", trial.schedule.write_csv().encode()
    if path.is_file() and path.read_bytes() != content and not force:
        raise StudyError(
            "no other schedule: one that is under way must not change",
            "a schedule made earlier",
            str(path),
            "keep it, or replace it by adding --force",
        )
    write_bytes(path, content)
    return Designed(trial, path)


def _washout(t: Trial) -> str:
    if t.washout is None:
        return "How long the effect lasts is not known yet; where it may last, give a longer --period."
    days = f"{t.washout:.2g}"
    steps = f"{days} {t.unit}{'' if days == '1' else 's'}"
    return f"The effect is gone after about {steps}; the model takes what is left of it into account."


def _promises(t: Trial) -> list[str]:
    if t.prospects is None:
        return [
            "How long it must be cannot be told: no model could be fitted. The length is a habit, not a calculation."
        ]
    aim = (
        "to show an effect that matters, if there is one"
        if t.prospects[0].aim == "effect"
        else "to show that none matters"
    )
    rows = [
        f"  {p.steps:>4} {t.unit}s: {percent(p.settled)} % ({percent(p.low)} to {percent(p.high)} %)"
        for p in t.prospects
        if p.steps in SHOWN or p == t.chosen
    ]
    short = (
        []
        if t.chosen
        else ["No length up to a year reaches 80 %: the effect may be close to the smallest that would matter."]
    )
    basis = (
        f"These {t.unit}s are judged by themselves, without the record so far, which chance did not decide; only how "
        "large the effect may be is taken from it. If it is confounded the promise is too."
        if t.alone
        else f"These {t.unit}s are judged together with those of the trial so far."
    )
    return [f"Probability {aim} (and its range over how large it may be):", *rows, *short, basis]


def _design(t: Trial) -> str:
    return "{kind: blocks, block: 2}" if t.period == 1 else f"{{kind: blocks, block: 2, period: {t.period}}}"
