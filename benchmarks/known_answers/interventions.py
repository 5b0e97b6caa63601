"""Studies of something that began once, with the answers of the R package CausalImpact."""

from benchmarks.known_answers.studies import INCREASE, Added, Expectation, Forecast, KnownAnswer, pooled, said
from schemas.results import Effect, Verdict

FOLDER = "causalimpact_fixtures"


def intervals_meet(low: float, high: float) -> Expectation:
    """The headline is the average since the beginning, and its 90 % interval shares a point with another one."""

    def holds(verdict: Verdict, effects: list[Effect]) -> bool:
        average, headline = pooled(effects, "average_since_beginning"), verdict.estimate
        if headline is None or headline.mean != average.mean:
            return False
        return headline.q05 <= high and low <= headline.q95

    words = f"the 90 % interval of the average since the beginning meets the package's [{low:g}, {high:g}]"
    return Expectation(words, holds)


POSITIVE = Expectation(
    "the estimate is positive", lambda verdict, _: verdict.estimate is not None and verdict.estimate.mean > 0
)


INTERVENTIONS: tuple[KnownAnswer, ...] = (
    KnownAnswer(
        name="causalimpact_google",
        folder=FOLDER,
        files=("google_data.csv",),
        question="Did what began on 2 March 2020 change y?",
        treatment="intervention",
        outcome="y",
        params={"configure.roles": {"x1": "confounder", "x2": "confounder"}},
        published="R CausalImpact, average effect 27 (sd 4.5), 95 % [18, 36]",
        expectations=(said("effect"), INCREASE, intervals_meet(18, 36)),
        intervention="2020-03-02",
        forecast=Forecast(27, 1.2),
    ),
    KnownAnswer(
        name="causalimpact_arma",
        folder=FOLDER,
        files=("arma_data.csv",),
        question="Did what began at row 70 change y?",
        treatment="intervention",
        outcome="y",
        params={"configure.roles": {"X": "confounder"}},
        published="R CausalImpact, average effect 0.89 (sd 0.3), 95 % [0.27, 1.5], after 1 was added from row 70 on",
        expectations=(said("effect", "cannot_tell"), POSITIVE, intervals_meet(0.27, 1.5)),
        intervention="70",
        added=Added("y", 70, 1.0),
        forecast=Forecast(0.89, 0.05),
    ),
)
