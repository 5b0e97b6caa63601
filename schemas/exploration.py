"""What explore found: `data/exploration.json`."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ChangePoint(_Document):
    """A step at which the level changes, with the mean on both sides; 1.63 is the 1 % point of `statistic`."""

    step: int
    before: float
    after: float
    statistic: float


class Outlier(_Document):
    """A value far from the others, in robust standard deviations."""

    step: int
    value: float
    deviations: float


class CalendarShare(_Document):
    """How much of exposure and outcome a part of the calendar explains; a `candidate` carries 5 % of both."""

    part: Literal["weekday", "month", "trend"]
    exposure: float | None
    outcome: float | None
    candidate: bool


class MissingPattern(_Document):
    """Variables that are missing together, and on how many steps exactly these are."""

    variables: tuple[str, ...]
    steps: int


class Profile(_Document):
    """Shape of one variable over the record.

    `weekday` holds the mean per weekday, Monday first; `months` the mean per month, January first.
    """

    variable: str
    histogram_edges: tuple[float, ...]
    histogram_counts: tuple[int, ...]
    weekday: tuple[float | None, ...]
    autocorrelation: tuple[float | None, ...]
    first_half_mean: float | None
    second_half_mean: float | None
    missing_runs: tuple[int, ...]
    effective_size: float | None
    months: tuple[float | None, ...] = ()
    change_points: tuple[ChangePoint, ...] = ()
    outliers: int = 0
    farthest: tuple[Outlier, ...] = ()


class Overlap(_Document):
    """How much contrast the exposure has in this history."""

    exposure: str
    steps_exposed: int
    steps_unexposed: int
    usable_exposed: int
    usable_unexposed: int
    switches: int
    longest_run_exposed: int
    longest_run_unexposed: int


class Association(_Document):
    """Correlation of two variables at a lag; an association, not an effect."""

    first: str
    second: str
    lag: int
    correlation: float | None
    pairs: int


class Exploration(_Document):
    """The whole document."""

    schema_version: Literal["1"] = "1"
    steps: int
    profiles: tuple[Profile, ...]
    overlap: Overlap | None
    associations: tuple[Association, ...]
    figures: tuple[str, ...]
    calendar: tuple[CalendarShare, ...] = ()
    missing: tuple[MissingPattern, ...] = ()
