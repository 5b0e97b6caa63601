"""Codes such as -999 are no measurements."""

import pytest

from tests.tasks.making import ingested
from tests.tasks.sources.tables import table


def panel(tmp_path, cells, **params):
    x = [str(n % 2) for n in range(len(cells))]
    return ingested(tmp_path, {"a.csv": table({"x": x, "y": [str(cell) for cell in cells]})}, **params)


@pytest.mark.parametrize("code", [-99, -999, -9999, 999, 9999, 99999, "-999.0"])
def test_a_code_far_from_all_else_is_not_observed_and_told(tmp_path, code):
    made = panel(tmp_path, [60, code, 75, 62, code])
    assert made.values("y") == [60, None, 75, 62, None]
    told = made.finding("assumed")
    assert f"{float(code):.0f} is far from all other values, 60 to 75 (first: a.csv:3)" in told.sentence
    assert told.severity == "warning"
    texts = made.observations.filter(made.observations["variable"] == "y")["text"]
    assert texts.to_list() == [None, f"{float(code):.0f}", None, None, f"{float(code):.0f}"]


def test_two_codes_of_one_column(tmp_path):
    assert panel(tmp_path, [60, -999, 75, 62, -9999]).values("y") == [60, None, 75, 62, None]


@pytest.mark.parametrize(
    "cells", [[-999, 800, 1200, -400], [999, 400, 850, 1200], [-99, -5, 3, 4], [999, 1], [9999, 4000, 8000, 12000]]
)
def test_a_number_among_its_like_stays(tmp_path, cells):
    made = panel(tmp_path, cells)
    assert made.values("y") == cells
    assert made.findings("assumed") == []


def test_a_declared_range_decides(tmp_path):
    rules = {"variables": {"y": {"low": 0, "high": 2000}}}
    assert panel(tmp_path, [60, 999, 75, 62], ingest=rules).values("y") == [60, 999, 75, 62]
