"""Weakly informative priors in the units of the data, each with its reason; see docs for the one table of them."""

from collections.abc import Sequence

from schemas.prior import HalfNormal, LogNormal, Normal, Prior, TruncatedNormal
from schemas.protocol import UNKNOWN_UNIT
from schemas.spec import Matrix, Parameter
from tasks.modelling.question import Question, VariableFacts

SINGLE_SWITCH = 1.0  # a switched exposure moves the outcome by up to about two of its standard deviations
PER_SPREAD = 0.5  # one standard deviation of a continuous cause moves its effect by up to about one
WEEKDAY = 1.0  # an exposure of weekends takes the blame for what a firmer prior does not grant the weekend


class Believer:
    """Writes down a weak belief about any parameter of a model of one question."""

    def __init__(self, question: Question, inputs: tuple[str, ...], unrecorded: Sequence[VariableFacts] = ()) -> None:
        """Look up the sizes of all variables once; `unrecorded` are the hidden states and indices of the model."""
        everything = (question.treatment, question.outcome, *question.others, *unrecorded)
        self._facts: dict[str, VariableFacts] = {f.name: f for f in everything}
        self._treatment = question.treatment
        self._steps = question.steps
        self._adjusters = max(1, sum(name != question.treatment.name for name in inputs))

    def persistence(self, state: str, lag: int) -> Parameter:
        """How much of a deviation is left `lag` steps later."""
        prior = TruncatedNormal(mean=0.2, sd=0.4, low=-0.99, high=0.99) if lag == 1 else Normal(mean=0.0, sd=0.2)
        return self._parameter("dynamics", state, state, lag, prior, "", "most days resemble the day before a little")

    def input_effect(self, source: str, target: str, lag: int) -> Parameter:
        """Effect of an input on a state: as wide for a later lag, since a firmer one hides effects that come late."""
        size = (
            self._size(source)
            if source == self._treatment.name
            else PER_SPREAD / self._adjusters**0.5 / self._sd(source)
        )
        sd = size * self._sd(target)
        reason = "no direction favoured; huge effects are rare"
        return self._parameter(
            "inputs", target, source, lag, Normal(mean=0.0, sd=_rounded(sd)), self._per(source, target), reason
        )

    def state_effect(self, source: str, target: str, lag: int) -> Parameter:
        """Effect of one state on another."""
        sd = PER_SPREAD * self._sd(target) / self._sd(source)
        matrix: Matrix = "instant" if lag == 0 else "dynamics"
        reason = "no direction favoured; huge effects are rare"
        return self._parameter(
            matrix, target, source, lag, Normal(mean=0.0, sd=_rounded(sd)), self._per(source, target), reason
        )

    def hidden_persistence(self, state: str) -> Parameter:
        """How much of a hidden cause is left one step later."""
        prior = TruncatedNormal(mean=0.5, sd=0.3, low=0.0, high=0.99)
        return self._parameter("dynamics", state, state, 1, prior, "", "what is not recorded rarely ends overnight")

    def hidden_effect(self, source: str, target: str, lag: int, *, anchor: bool) -> Parameter:
        """Effect of a hidden cause, per standard deviation of its daily news; the first one fixes its sign."""
        sd = _rounded(PER_SPREAD * self._sd(target))
        prior = HalfNormal(sd=sd) if anchor else Normal(mean=0.0, sd=sd)
        reason = "fixes the sign of what is hidden" if anchor else "no direction favoured; huge effects are rare"
        matrix: Matrix = "instant" if lag == 0 else "dynamics"
        return self._parameter(matrix, target, source, lag, prior, self._unit(target), reason)

    def indexed_noise(self, series: str) -> Parameter:
        """Standard deviation of a recorded value around the index behind it."""
        prior = LogNormal(median=_rounded(0.8 * self._sd(series)), log_sd=0.5)
        reason = "most day-to-day variation is unexplained"
        return self._parameter("measurement_sd", series, "", 0, prior, self._unit(series), reason)

    def intercept(self, state: str) -> Parameter:
        """Usual level."""
        prior = Normal(mean=_rounded(self._facts[state].mean), sd=_rounded(2 * self._sd(state)))
        return self._parameter("mean", state, "intercept", 0, prior, self._unit(state), "near the recorded mean")

    def trend(self, state: str) -> Parameter:
        """Drift per step: about one standard deviation over the record."""
        prior = Normal(mean=0.0, sd=_rounded(self._sd(state) / self._steps))
        return self._parameter(
            "mean", state, "trend", 0, prior, f"{self._unit(state)} per step", "slow drift is common"
        )

    def weekday(self, state: str, regressor: str) -> Parameter:
        """One of six orthonormal weekday contrasts."""
        prior = Normal(mean=0.0, sd=_rounded(WEEKDAY * self._sd(state)))
        return self._parameter("mean", state, regressor, 0, prior, self._unit(state), "weekdays may differ much")

    def season(self, state: str, regressor: str) -> Parameter:
        """One harmonic of the year."""
        prior = Normal(mean=0.0, sd=_rounded(0.5 * self._sd(state)))
        return self._parameter("mean", state, regressor, 0, prior, self._unit(state), "seasons differ somewhat")

    def slow(self, state: str, regressor: str) -> Parameter:
        """One wave of a smooth trend."""
        prior = Normal(mean=0.0, sd=_rounded(self._sd(state)))
        return self._parameter("mean", state, regressor, 0, prior, self._unit(state), "slow changes may be large")

    def noise(self, state: str) -> Parameter:
        """Standard deviation of what nothing in the model explains."""
        prior = LogNormal(median=_rounded(0.8 * self._sd(state)), log_sd=0.5)
        return self._parameter(
            "process_sd", state, "", 0, prior, self._unit(state), "most day-to-day variation is unexplained"
        )

    def level(self, state: str) -> Parameter:
        """Standard deviation of a random-walk level's steps."""
        prior = HalfNormal(sd=_rounded(0.1 * self._sd(state)))
        return self._parameter("level_sd", state, "", 0, prior, self._unit(state), "the level wanders slowly")

    def slope(self, state: str) -> Parameter:
        """Standard deviation of the steps of a level's slope: over the record it may turn the level around."""
        prior = HalfNormal(sd=float(f"{self._sd(state) / self._steps**1.5:.4g}"))
        unit = f"{self._unit(state)} per step"
        return self._parameter("slope_sd", state, "", 0, prior, unit, "a drift changes its pace slowly")

    def _size(self, source: str) -> float:
        facts = self._facts[source]
        if facts.kind == "binary":
            return SINGLE_SWITCH / max(abs(facts.high - facts.low), 1e-12)
        return PER_SPREAD / self._sd(source)

    def _sd(self, name: str) -> float:
        return self._facts[name].sd or 1.0

    def _unit(self, name: str) -> str:
        return self._facts[name].unit or UNKNOWN_UNIT

    def _per(self, source: str, target: str) -> str:
        return f"{self._unit(target)} per {self._facts[source].unit or 'unit'} of {source}"

    def _parameter(
        self, matrix: Matrix, row: str, column: str, lag: int, prior: Prior, unit: str, reason: str
    ) -> Parameter:
        name = {
            "dynamics": f"{row} <- {column}, lag {lag}",
            "instant": f"{row} <- {column}, lag {lag}",
            "inputs": f"{row} <- {column}, lag {lag}",
            "mean": f"{row}: {column}",
            "process_sd": f"{row}: noise sd",
            "measurement_sd": f"{row}: measurement sd",
            "level_sd": f"{row}: level sd",
            "slope_sd": f"{row}: slope sd",
            "loading": f"{row} <- {column}: loading",
            "shared": f"{row} <- {column}: shared noise",
            "coefficient_sd": f"{row}: drift of {column}",
        }[matrix]
        return Parameter(
            name=name, matrix=matrix, row=row, column=column, lag=lag, prior=prior, unit=unit,
            asserted_by="rule", reason=reason,
        )  # fmt: skip


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")
