"""What the stage estimate is asked for: estimands, what counts as meaningful, and when something may be said."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, NonNegativeInt, PositiveFloat, model_validator

from schemas.section import SECTION, Probability


class _Section(BaseModel):
    model_config = SECTION


class RopeLimits(_Section):
    """Effects between `low` and `high` make no difference in practice, in the outcome's unit."""

    low: float
    high: float

    @model_validator(mode="after")
    def ordered(self) -> Self:
        """Low lies below high."""
        if self.low >= self.high:
            raise ValueError("low must be below high")
        return self


class Thresholds(_Section):
    """When something may be said."""

    prob_direction: Probability = 0.975
    prob_direction_nightly: Probability = 0.995
    prob_meaningful: Probability = 0.8
    prob_equivalent: Probability = 0.95
    rhat: PositiveFloat = 1.01
    ess: PositiveFloat = 400
    divergent_share: Probability = 0.001
    ebfmi: PositiveFloat = 0.3
    min_switches: NonNegativeInt = 2
    min_steps_per_arm: NonNegativeInt = 4
    unidentified_weight: Probability = 0.1


class Strategy(_Section):
    """A rule that decides the exposure: `then` where `when`, `lag` steps back, is below or above a value."""

    when: str
    below: float | None = None
    above: float | None = None
    lag: Annotated[int, Field(ge=0, le=30)] = 1
    then: float
    otherwise: float | Literal["recorded"] = "recorded"

    @model_validator(mode="after")
    def bounded(self) -> Self:
        """It needs a value to compare with."""
        if self.below is None and self.above is None:
            raise ValueError("a strategy needs below or above")
        return self


class Estimate(_Section):
    """Stage estimate."""

    horizon: Annotated[int, Field(ge=1, le=365)] = 14
    period: Annotated[int, Field(ge=1, le=3650)] | None = None
    strategies: dict[str, Strategy] = {}
    rope: RopeLimits | None = None
    negative_controls: tuple[str, ...] = ()
    negative_exposures: tuple[str, ...] = ()
    looks: Literal["once", "nightly"] = "once"
    thresholds: Thresholds = Thresholds()
