"""Columns of the mean function and of deterministic inputs: calendar, trend, interventions at known steps."""

import re
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

_CALENDAR = re.compile(r"intercept|trend|weekday_[1-6]|annual_(sin|cos)_\d+|wave_\d+|step@\d+|ramp@\d+:\d+")

SLOW, MOST_WAVES = 30, 8
"""Steps of the shortest half-wave of a smooth trend, and most waves of one."""


class Calendar(NamedTuple):
    """When the steps of a record are.

    Attributes:
        weekday: 0 = Monday .. 6 = Sunday, or None when steps are not days.
        year: share of the year that has passed, or None when dates are not known.
        gaps: time since the step before in the unit of the model, or None when all are one; entry 0 is not used.
    """

    weekday: Int[np.ndarray, " time"] | None = None
    year: Float[np.ndarray, " time"] | None = None
    gaps: Float[np.ndarray, " time"] | None = None


def is_recorded(name: str) -> bool:
    """Whether a regressor or input is a recorded column rather than made from the calendar."""
    return _CALENDAR.fullmatch(name) is None


def slow_waves(steps: int) -> list[str]:
    """Cosines that bend a straight trend: from two half-waves over the record up to one in `SLOW` steps."""
    return [f"wave_{k}" for k in range(2, min(steps // SLOW, MOST_WAVES + 1) + 1)]


def made_column(name: str, steps: int, calendar: Calendar) -> Float[np.ndarray, " time"]:
    """One column made from the calendar.

    `intercept` = 1; `trend` = share of the record after its middle (a standardised unit is one spread over the whole
    record, see `scale_of`); `weekday_1..6` = orthonormal weekday contrasts that treat all seven days alike and sum to
    zero over the week (Helmert basis); `annual_sin_k`, `annual_cos_k` = harmonics of the year; `wave_k` = a cosine with
    k half-waves over the record, `cos(pi k (t + 1/2) / T)`; `step@t` = 1 from step t (counted from zero) on;
    `ramp@a:b` = 0 before step a, 1 from step b on, a straight line between.

    Raises:
        ValueError: the name is not one of these, or the calendar does not say what it needs.
    """
    now = np.arange(steps)
    match re.split(r"[_@:]", name):
        case ["intercept"]:
            return np.ones(steps)
        case ["trend"]:
            return (now - (steps - 1) / 2) / max(steps, 1)
        case ["weekday", index] if calendar.weekday is not None:
            return _helmert(7)[calendar.weekday, int(index) - 1]
        case ["annual", wave, order] if calendar.year is not None:
            angle = 2 * np.pi * int(order) * calendar.year
            return np.sin(angle) if wave == "sin" else np.cos(angle)
        case ["wave", half_waves]:
            return np.cos(np.pi * int(half_waves) * (now + 0.5) / steps)
        case ["step", at]:
            return (now >= int(at)).astype(float)
        case ["ramp", start, end] if int(end) > int(start):
            return np.clip((now - int(start)) / (int(end) - int(start)), 0.0, 1.0)
        case _:
            known = (
                "intercept, trend, wave_k, weekday_1..6 (daily), annual_sin_k, annual_cos_k (dates), step@t, ramp@a:b"
            )
            raise ValueError(f"no regressor '{name}' for this record; known: {known}, or a recorded column")


def regressors_of(
    names: tuple[str, ...],
    steps: int,
    calendar: Calendar,
    columns: dict[str, Float[np.ndarray, " time"]],
) -> Float[np.ndarray, "time regressor"]:
    """All columns of the mean function; recorded ones as they are in `columns`, already centred and scaled.

    Raises:
        ValueError: see `made_column`; or a recorded regressor has missing values (an input may have them).
    """
    made = []
    for name in names:
        column = columns[name] if is_recorded(name) else made_column(name, steps, calendar)
        if np.isnan(column).any():
            raise ValueError(f"regressor '{name}' has {int(np.isnan(column).sum())} missing values; make it an input")
        made.append(column)
    return np.column_stack(made) if made else np.zeros((steps, 0))


def _helmert(n: int) -> Float[np.ndarray, "n n_minus_1"]:
    columns = []
    for k in range(1, n):
        column = np.zeros(n)
        column[:k], column[k] = 1.0, -k
        columns.append(column / np.sqrt(k * (k + 1)))
    return np.column_stack(columns)
