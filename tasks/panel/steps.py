"""The grid of steps: its width, where a day starts, and the step of every reading."""

from collections.abc import Collection
from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple

import polars as pl

from schemas.errors import StudyError

_DAILY_BELOW, _WEEKLY_BELOW, _MONTHLY_BELOW = 5.0, 21.0, 60.0
_MOST_STEPS = 200_000


class Grid(NamedTuple):
    """One row per step; `at` identifies the step of a reading, `start` is its local time (null without time)."""

    step: str
    shift: timedelta
    rows: pl.DataFrame


def shift_of(day_starts_at: str) -> timedelta:
    """`04:00` as a duration."""
    clock = time.fromisoformat(day_starts_at)
    return timedelta(hours=clock.hour, minutes=clock.minute)


def chosen_step(frame: pl.DataFrame, declared: str, shift: timedelta) -> str:
    """The declared step, or the spacing of the record itself: day, week, month, or one row per time.

    Raises:
        StudyError: a step of clock time is declared for files without a time.
    """
    timed = frame.filter(pl.col("clock").is_not_null())
    if timed.is_empty():
        if declared not in ("auto", "row"):
            fix = "write `step: row` or add a time column"
            raise StudyError("a time column", "files without one", f"params.yaml at ingest.step: {declared}", fix)
        return "row"
    if declared != "auto":
        return declared
    days = sorted(set((timed["clock"] - shift).dt.date().to_list()))
    gaps = sorted((after - before).days for before, after in pairwise(days)) or [1]
    width = gaps[len(gaps) // 4]
    if width < _DAILY_BELOW:
        return "1d"
    return "1w" if width < _WEEKLY_BELOW else "1mo" if width < _MONTHLY_BELOW else "row"


def with_steps(frame: pl.DataFrame, step: str, shift: timedelta, nights: Collection[str] = ()) -> pl.DataFrame:
    """Add `at`, the beginning of the step that each reading falls in (null for a reading without a time).

    Args:
        frame: readings with `clock`, `start`, `end`, `variable`.
        step: width of the steps.
        shift: when a day begins.
        nights: variables whose reading belongs to the step in which it ends, such as sleep.
    """
    if step == "row" and frame["clock"].null_count() == frame.height:
        first = datetime(1, 1, 1)
        return frame.with_columns(at=pl.lit(first) + pl.duration(days="row"))
    if step == "row":
        return frame.with_columns(at=pl.col("clock"))
    ends = pl.col("variable").is_in(list(nights)) & pl.col("end").is_not_null()
    moment = pl.when(ends).then(pl.col("clock") + (pl.col("end") - pl.col("start"))).otherwise("clock")
    return frame.with_columns(moment=moment).with_columns(at=step_of("moment", step, shift)).drop("moment")


def step_of(column: str, step: str, shift: timedelta) -> pl.Expr:
    """The beginning of the step that a local clock time falls in."""
    moment = pl.col(column)
    return moment if step == "row" else (moment - shift).dt.truncate(step) + shift


def grid_of(frame: pl.DataFrame, step: str, shift: timedelta) -> Grid:
    """Every step from the first to the last reading, without holes.

    Raises:
        StudyError: no reading has a time, or a stray date makes the record absurdly long.
    """
    known = frame["at"].drop_nulls().unique().sort()
    if known.is_empty():
        raise StudyError("at least one variable of numbers or of two texts, with a readable time", "none", "data/raw")
    first, last = known.to_list()[0], known.to_list()[-1]
    at = known if step == "row" else pl.datetime_range(first, last, interval=step, time_unit="us", eager=True)
    if len(at) > _MOST_STEPS:
        got = f"{len(at)} steps of {step} from {first} to {last}"
        raise StudyError(
            f"at most {_MOST_STEPS} steps", got, "ingest.step", "look for a wrong year, or use a wider step"
        )
    without_time = frame["clock"].null_count() == frame.height
    start = pl.lit(None, dtype=pl.Datetime("us")) if without_time else pl.col("at")
    rows = pl.DataFrame({"at": at}).with_columns(start=start.cast(pl.Datetime("us"))).with_row_index("step")
    return Grid(step, shift, rows.with_columns(pl.col("step").cast(pl.Int64)).select("step", "start", "at"))
