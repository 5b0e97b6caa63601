"""The studies: which raw files, what is declared about them, what must come out."""

from collections.abc import Callable
from typing import Any, NamedTuple

from schemas.results import Effect, Verdict, VerdictName


class Expectation(NamedTuple):
    """One line of acceptance: its words, and whether results meet it."""

    words: str
    holds: Callable[[Verdict, list[Effect]], bool]


class Added(NamedTuple):
    """A change that is put into a raw table of commas before the study is made, from row `first` (0-based) on."""

    column: str
    first: int
    by: float


class Forecast(NamedTuple):
    """What the scorecard's forecast from the steps before must come to, in the outcome's unit."""

    mean: float
    within: float


class KnownAnswer(NamedTuple):
    """One study.

    Attributes:
        folder: below the folder of real data.
        files: raw files, in it.
        params: dotted keys of `params.yaml`; nothing else is set.
        published: the known answer, with its source.
        intervention: when the exposure began, as `init --intervention` takes it.
        added: a change of the raw table that the published answer had too.
        forecast: of the line that holds a forecast from the steps before beside the estimate.
    """

    name: str
    folder: str
    files: tuple[str, ...]
    question: str
    treatment: str
    outcome: str
    params: dict[str, Any]
    published: str
    expectations: tuple[Expectation, ...]
    intervention: str | None = None
    added: Added | None = None
    forecast: Forecast | None = None


def pooled(effects: list[Effect], estimand: str) -> Effect:
    """The expected effect of one estimand over all graphs."""
    return next(e for e in effects if e.graph == "pooled" and e.estimand == estimand and e.kind == "expected")


def said(*verdicts: VerdictName) -> Expectation:
    """The verdict is one of these."""
    return Expectation(f"verdict {' or '.join(verdicts)}", lambda verdict, _: verdict.verdict in verdicts)


def interval_contains(value: float) -> Expectation:
    """The headline's 90 % interval contains a value."""

    def holds(verdict: Verdict, _: list[Effect]) -> bool:
        return verdict.estimate is not None and verdict.estimate.q05 <= value <= verdict.estimate.q95

    return Expectation(f"90 % interval contains {value:+g}", holds)


def sd_between(low: float, high: float) -> Expectation:
    """The headline's posterior standard deviation lies in a band."""

    def holds(verdict: Verdict, _: list[Effect]) -> bool:
        return verdict.estimate is not None and low <= verdict.estimate.sd <= high

    return Expectation(f"sd between {low:g} and {high:g}", holds)


def period_effect_contains(value: float, largest_sd: float) -> Expectation:
    """The 90 % interval of the effect over the whole record contains a value, tightly enough."""

    def holds(_: Verdict, effects: list[Effect]) -> bool:
        found = pooled(effects, "period_effect")
        if found.q05 is None or found.q95 is None or found.sd is None:
            return False
        return found.q05 <= value <= found.q95 and found.sd <= largest_sd

    return Expectation(f"90 % interval of the period effect contains {value:+g}, sd at most {largest_sd:g}", holds)


INCREASE = Expectation("direction increase", lambda verdict, _: verdict.direction == "increase")
NIPLAV_FILES = ("substances.csv", "mental.csv", "mood.csv", "meditations.csv")
CAFFEINE = {
    "study.timezone": "Europe/Zurich",
    "study.randomised": True,
    "ingest.exposures": {"caffeine": {"active": "caffeine", "comparator": "sugar", "absent": "null"}},
}

STUDIES: tuple[KnownAnswer, ...] = (
    KnownAnswer(
        name="caffeine_productivity",
        folder="niplav_caffeine_rct",
        files=NIPLAV_FILES,
        question="Did 200 mg caffeine raise productivity that day?",
        treatment="caffeine",
        outcome="productivity",
        params=CAFFEINE,
        published="+0.170 (SE 0.072, author's forward join); same-day figure +0.199 (SE 0.077, n = 46)",
        expectations=(
            said("effect"),
            INCREASE,
            interval_contains(0.170),
            interval_contains(0.199),
            sd_between(0.05, 0.125),
        ),
    ),
    KnownAnswer(
        name="caffeine_absorption",
        folder="niplav_caffeine_rct",
        files=NIPLAV_FILES,
        question="Did 200 mg caffeine deepen absorption in the first meditation after it?",
        treatment="caffeine",
        outcome="concentration_rating",
        params={**CAFFEINE, "ingest.variables": {"concentration_rating": {"aggregate": "first", "after": "caffeine"}}},
        published="+0.30 (SE 0.115), n = 50",
        expectations=(said("effect"), INCREASE, interval_contains(0.30), sd_between(0.05, 0.125)),
    ),
    KnownAnswer(
        name="melatonin_mood",
        folder="melatonin_mood_nof1",
        files=("miura_ema_70day.csv",),
        question="Did melatonin change mood?",
        treatment="melatonin",
        outcome="mood",
        params={"study.randomised": True},
        published="+0.92 (SE 1.32); no effect",
        expectations=(
            said("cannot_tell", "no_meaningful_effect"),
            interval_contains(0.0),
            interval_contains(0.92),
            sd_between(0.8, 1.8),
        ),
    ),
    KnownAnswer(
        name="simglucose_breakfast",
        folder="simglucose_rct",
        files=("daily_observed_rct.csv",),
        question="Does a low-carb breakfast change mean glucose?",
        treatment="low_carb_breakfast",
        outcome="mean_cgm",
        params={"study.randomised": True},
        published="true effect +4.05 mg/dL",
        expectations=(said("effect", "cannot_tell"), period_effect_contains(4.05, 2.1)),
    ),
    KnownAnswer(
        name="laughter",
        folder="nof1_laughter",
        files=("laughter.csv",),
        question="Does laughter change the score?",
        treatment="Treat",
        outcome="Y",
        params={"study.contrast": {"exposed": "Laughter", "reference": "Usual Routine"}},
        published="means 6.22 and 6.78 (difference -0.56), 18 points",
        expectations=(said("cannot_tell"), interval_contains(-0.56)),
    ),
)
