"""The demo study as `study.json` fixes it; unknown keys are refused."""

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated
from zlib import crc32

import numpy as np
from jaxtyping import Float
from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, PositiveFloat, PositiveInt

Probability = Annotated[float, Field(ge=0, le=1)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ClippedNormal(_Section):
    """`min(max(N(mean, sd), low), high)`, in the unit that the key names."""

    mean: float
    sd: PositiveFloat
    low: float
    high: float

    def draw(self, rng: np.random.Generator, size: int) -> Float[np.ndarray, " size"]:
        """Return `size` independent draws."""
        return rng.normal(self.mean, self.sd, size).clip(self.low, self.high)


class Meals(_Section):
    """Grams of carbohydrate, and hours after midnight at which they are eaten."""

    breakfast_low_carb_g: ClippedNormal
    breakfast_usual_g: ClippedNormal
    lunch_g: ClippedNormal
    dinner_g: ClippedNormal
    snack_g: ClippedNormal
    breakfast_hour: ClippedNormal
    lunch_hour: ClippedNormal
    dinner_hour: ClippedNormal
    snack_hour: float
    probability_snack: Probability


class Stress(_Section):
    """`s_t = persistence s_{t-1} + N(0, innovation_sd^2)`, told as a 0-10 score, which moves the dinner."""

    persistence: float
    innovation_sd: PositiveFloat
    score_at_zero: float
    score_per_unit: float
    dinner_g_per_point: float
    dinner_g_low: float
    dinner_g_high: float


class Diary(_Section):
    """When the evening entry is made, and on how many days the stress score is left out."""

    entry_hour: ClippedNormal
    days_without_stress: NonNegativeInt


class Sensor(_Section):
    """The rhythm of the glucose sensor, and how much of its record is lost."""

    minutes_between_readings: PositiveInt
    days_between_changes: PositiveInt
    warm_up_hours: PositiveFloat
    change_hour_low: float
    change_hour_high: float
    missing_share: Probability
    lost_hours_low: PositiveFloat
    lost_hours_high: PositiveFloat

    @property
    def readings_per_hour(self) -> int:
        """Readings in an hour."""
        return 60 // self.minutes_between_readings

    @property
    def readings_per_day(self) -> int:
        """Readings in a calendar day."""
        return 24 * self.readings_per_hour


class Study(_Section):
    """Who, when, and by what chances; `first_day` is the first day kept, after the burn-in."""

    patient: str
    seed: NonNegativeInt
    first_day: date
    days: PositiveInt
    burn_in_days: NonNegativeInt
    outcome: str
    probability_low_carb: Probability
    meals: Meals
    stress: Stress
    diary: Diary
    sensor: Sensor

    @property
    def simulated_days(self) -> int:
        """Days that are simulated, the burn-in included."""
        return self.burn_in_days + self.days

    @property
    def start(self) -> datetime:
        """Local midnight at which the simulation starts."""
        return datetime.combine(self.first_day - timedelta(days=self.burn_in_days), time())

    @property
    def dates(self) -> list[date]:
        """The days that are kept."""
        return [self.first_day + timedelta(days=day) for day in range(self.days)]

    def rng(self, name: str) -> np.random.Generator:
        """Return the stream of random numbers called `name`: none depends on how much another one drew."""
        return np.random.default_rng([self.seed, crc32(name.encode())])


def read_study(path: Path) -> Study:
    """Read and validate `study.json`."""
    return Study.model_validate_json(path.read_text(encoding="utf-8"))
