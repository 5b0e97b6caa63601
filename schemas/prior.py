"""Prior distributions exactly as they were stated, in the unit of the data."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, model_validator


class _Family(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Normal(_Family):
    """`theta ~ N(mean, sd^2)`."""

    family: Literal["normal"] = "normal"
    mean: float
    sd: PositiveFloat


class TruncatedNormal(_Family):
    """`theta ~ N(mean, sd^2)` restricted to `(low, high)`."""

    family: Literal["truncated_normal"] = "truncated_normal"
    mean: float
    sd: PositiveFloat
    low: float
    high: float

    @model_validator(mode="after")
    def ordered(self) -> Self:
        """Low lies below high."""
        if self.low >= self.high:
            raise ValueError("low must be below high")
        return self


class StudentT(_Family):
    """`theta = mean + scale * t_df`."""

    family: Literal["student_t"] = "student_t"
    df: PositiveFloat
    mean: float
    scale: PositiveFloat


class HalfNormal(_Family):
    """`theta = |N(0, sd^2)|`."""

    family: Literal["half_normal"] = "half_normal"
    sd: PositiveFloat


class LogNormal(_Family):
    """`log theta ~ N(log median, log_sd^2)`."""

    family: Literal["log_normal"] = "log_normal"
    median: PositiveFloat
    log_sd: PositiveFloat


class Gamma(_Family):
    """`theta ~ Gamma(shape, rate)`, mean `shape / rate`."""

    family: Literal["gamma"] = "gamma"
    shape: PositiveFloat
    rate: PositiveFloat


class Beta(_Family):
    """`theta ~ Beta(a, b)` on (0, 1)."""

    family: Literal["beta"] = "beta"
    a: PositiveFloat
    b: PositiveFloat


Prior = Annotated[
    Normal | TruncatedNormal | StudentT | HalfNormal | LogNormal | Gamma | Beta, Field(discriminator="family")
]
