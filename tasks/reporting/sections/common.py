"""Helpers that several sections share."""

import re
from collections.abc import Iterable

from schemas.graph import AssertedBy
from schemas.results import Effect
from tasks.reporting import charts, numbers
from tasks.reporting.charts import Spec
from tasks.reporting.inputs import Inputs
from tasks.reporting.model import Figure, Table
from tasks.reporting.prose import clean
from tasks.reporting.record import step_word

NOT_RECORDED = "not recorded"
WITHHELD = "not shown: no number may be read as an effect here"
MOST_ROWS = 120
ASSERTED: dict[AssertedBy, str] = {
    "person": "the person",
    "model": "the language model",
    "data": "the data",
    "rule": "a rule of this program",
    "design": "the design (randomised)",
    "default": "nobody; a default of this program",
}


def figure(identifier: str, title: str, caption: str, spec: Spec) -> Figure:
    """A figure with its static drawing."""
    return Figure(identifier, title, caption, spec, charts.to_svg(spec).decode())


def table(
    caption: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]], numeric: tuple[int, ...] = ()
) -> Table:
    """A table of at most `MOST_ROWS` rows that says how many it leaves out."""
    every = tuple(rows)
    left_out = len(every) - MOST_ROWS
    note = f"{numbers.count(left_out)} further rows are in the result files." if left_out > 0 else ""
    return Table(caption, columns, every[:MOST_ROWS], numeric, note)


def steps(inputs: Inputs, count: int) -> str:
    """`3 days`."""
    return numbers.counted(count, step_word(inputs.audit.step))


def terms(names: Iterable[str]) -> list[str]:
    """Names of mean terms once each: `weekday_1` to `weekday_6` are `weekday`."""
    return list(dict.fromkeys(re.sub(r"_\d+$", "", clean(name)) for name in names))


def effect_text(effect: Effect, width: float | None = None) -> tuple[str, str]:
    """Point and interval of an effect as text; a quantile beyond the horizon is shown as `>H`.

    Args:
        effect: what to show.
        width: interval width that decides the decimals, when several effects share one column.
    """
    if effect.mean is None and effect.q50 is None:
        return numbers.NONE, numbers.NONE
    beyond = f">{effect.horizon}" if effect.horizon is not None else "beyond the horizon"
    signed = effect.estimand not in ("half_life", "washout", "time_to_90")
    own = effect.q95 - effect.q05 if effect.q05 is not None and effect.q95 is not None else None
    places = numbers.decimals(width or own) if signed and own is not None else int(effect.estimand != "time_to_90")
    ends = [
        beyond if value is None else numbers.fixed(value, places, sign=signed) for value in (effect.q05, effect.q95)
    ]
    centre = effect.q50 if effect.mean is None else effect.mean
    point = beyond if centre is None else numbers.fixed(centre, places, sign=signed)
    return point, f"{ends[0]} to {ends[1]}"
