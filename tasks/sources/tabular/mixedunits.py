"""Columns whose cells carry units of their own, such as `80 kg` and `176 lb`."""

import polars as pl

from schemas.audit import Finding
from tasks.sources.tabular.numbers import Numbers, factor_between, is_unit
from tasks.sources.tabular.table import Table

_MOST = 0.8


def in_known_units(written: Numbers, plain: Numbers) -> Numbers:
    """Of cells read with whatever stands behind them, those in the most frequent unit or one that converts into it.

    Args:
        written: the cells read with their units.
        plain: the same cells where numbers alone count; returned if few cells have such a unit.
    """
    known = [unit for unit in _by_frequency(written) if is_unit(unit)]
    if not known:
        return plain
    fitting = [unit for unit in known if factor_between(unit, known[0]) is not None]
    bare = written.value.is_not_null() & written.unit.is_null() & (len(fitting) == 1)
    good = written.unit.is_in(fitting).fill_null(value=False) | bare
    if int(good.sum()) < _MOST * int(written.value.is_not_null().sum()):
        return plain
    kept = pl.DataFrame({"good": good, "value": written.value, "unit": written.unit})
    value, unit = (kept.select(pl.when("good").then(name)).to_series() for name in ("value", "unit"))
    return Numbers(value, unit)


def told_units(table: Table, name: str, numbers: Numbers) -> Finding | None:
    """What is assumed of cells in another unit than most, or in none."""
    units = _by_frequency(numbers)
    if not units:
        return None
    others = {unit: int((numbers.unit == unit).sum()) for unit in units[1:]}
    bare = int((numbers.value.is_not_null() & numbers.unit.is_null()).sum())
    converted = [f"{count} in {unit} are converted to it" for unit, count in others.items()]
    told = [*converted, *([f"{bare} without a unit count as {units[0]}"] if bare else [])]
    if not told:
        return None
    sentence = f"Most cells of '{name}' are in {units[0]}; {', '.join(told)}."
    counts = {"column": name, "cells": sum(others.values()) + bare}
    return Finding(kind="assumed", severity="note", where=table.name, sentence=sentence, counts=counts)


def _by_frequency(numbers: Numbers) -> list[str]:
    """The units, most frequent first, as `tasks/readings/units.py` chooses among them."""
    counted = pl.DataFrame({"unit": numbers.unit}).drop_nulls().group_by("unit").len()
    return counted.sort(pl.col("len"), "unit", descending=[True, False])["unit"].to_list()
