"""What the person's two files hold: the sensor's readings with their gaps, the evening diary."""

from datetime import datetime, time, timedelta

import numpy as np
import polars as pl
from jaxtyping import Bool, Float

from benchmarks.demo_data.behaviour import Behaviour
from benchmarks.demo_data.study import Study

FIRST_READING_MINUTE = 3  # simglucose's Dexcom answers every 3 minutes, the first time at 00:03


def cgm_table(study: Study, glucose: Float[np.ndarray, "day reading"]) -> pl.DataFrame:
    """Return the readings that were recorded, in whole mg/dL as a receiver shows them; lost ones are absent."""
    first = datetime.combine(study.first_day, time(minute=FIRST_READING_MINUTE))
    step = timedelta(minutes=study.sensor.minutes_between_readings)
    return pl.DataFrame(
        {
            "time": [first + i * step for i in range(glucose.size)],
            "glucose (mg/dL)": np.round(glucose.ravel()).astype(int),
        }
    ).filter(pl.Series(~lost_readings(study)))


def lost_readings(study: Study) -> Bool[np.ndarray, " reading"]:
    """Mark the readings that are lost, in runs that know nothing of glucose or breakfast.

    Every sensor change costs the warm-up of the new sensor (the first sensor is put in before the first day).
    Runs of lost hours at random times follow until exactly the missing share is reached.
    """
    sensor, rng = study.sensor, study.rng("lost_readings")
    lost = np.zeros(study.days * sensor.readings_per_day, dtype=bool)
    warm_up = round(sensor.warm_up_hours * sensor.readings_per_hour)
    for day in range(sensor.days_between_changes, study.days, sensor.days_between_changes):
        hour = rng.uniform(sensor.change_hour_low, sensor.change_hour_high)
        start = day * sensor.readings_per_day + int(hour * sensor.readings_per_hour)
        lost[start : start + warm_up] = True

    wanted = round(sensor.missing_share * lost.size)
    while lost.sum() < wanted:
        start = rng.integers(lost.size)
        length = int(rng.uniform(sensor.lost_hours_low, sensor.lost_hours_high) * sensor.readings_per_hour)
        run = start + np.flatnonzero(~lost[start : start + length])
        lost[run[: wanted - lost.sum()]] = True
    return lost


def diary_table(study: Study, behaviour: Behaviour) -> pl.DataFrame:
    """Return the evening entries of the days that are kept; a score that was left out is null."""
    kept = Behaviour(*(series[study.burn_in_days :] for series in behaviour))
    minutes = np.round(60 * study.diary.entry_hour.draw(study.rng("entry_hour"), study.days)).astype(int)
    blank = study.rng("blank_stress").choice(study.days, study.diary.days_without_stress, replace=False)
    return pl.DataFrame(
        {
            "time": [
                datetime.combine(day, time()) + timedelta(minutes=minute)
                for day, minute in zip(study.dates, minutes.tolist(), strict=True)
            ],
            "breakfast": np.where(kept.low_carb, "low-carb", "usual").tolist(),
            "stress": [None if day in blank else score for day, score in enumerate(kept.stress.tolist())],
            "dinner carbs (g)": kept.dinner_g,
            "snack": np.where(kept.has_snack, "yes", "no").tolist(),
        }
    )
