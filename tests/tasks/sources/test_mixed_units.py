"""Cells that carry units of their own."""

import pytest

from tests.tasks.making import ingested
from tests.tasks.sources.tables import assumed, read, table, values


def panel(tmp_path, cells, name="weight"):
    return ingested(tmp_path, {"a.csv": table({"x": [str(n % 2) for n in range(len(cells))], name: cells})})


def test_convertible_units_become_the_most_frequent_one(tmp_path):
    made = panel(tmp_path, ["80 kg", "176 lb", "81 kg", "79500 g", "80 KG"])
    assert made.values("weight") == pytest.approx([80, 176 * 0.45359237, 81, 79.5, 80])
    assert {variable.name: variable.unit for variable in made.audit.variables}["weight"] == "kg"
    (told,) = made.findings("assumed")
    assert "Most cells of 'weight' are in kg; 1 in KG are converted to it, 1 in g are" in told.sentence


def test_the_declared_unit_wins(tmp_path):
    text = table({"x": ["0", "1"], "weight": ["80 kg", "176.37 lbs"]})
    made = ingested(tmp_path, {"a.csv": text}, ingest={"variables": {"weight": {"unit": "lb"}}})
    assert made.values("weight") == pytest.approx([176.37, 176.37], rel=1e-4)


def test_numbers_without_a_unit_beside_one_unit_count_in_it_and_are_told(tmp_path):
    readings = read(tmp_path, table({"weight": ["80 kg", "81", "82 kg"]}))
    assert values(readings, "weight") == [80.0, 81.0, 82.0]
    assert "1 without a unit count as kg" in assumed(readings)[0]


def test_numbers_without_a_unit_beside_several_are_not_guessed(tmp_path):
    readings = read(tmp_path, table({"weight": ["80 kg", "176", "82 kg", "176 lb", "80 kg", "81 kg"]}))
    assert values(readings, "weight") == [80.0, None, 82.0, 176.0, 80.0, 81.0]


def test_a_unit_of_another_kind_is_not_observed_and_told(tmp_path):
    made = panel(tmp_path, ["80 kg", "5 km", "81 kg", "79 kg", "80 kg"])
    assert made.values("weight") == [80, None, 81, 79, 80]
    assert "1 cells of weight are not numbers" in made.finding("unreadable").sentence


def test_one_unit_needs_no_notice(tmp_path):
    assert assumed(read(tmp_path, table({"weight": ["80 kg", "81 kg"]}))) == []


def test_numbers_before_other_words_stay_texts(tmp_path):
    assert values(read(tmp_path, table({"day_of": ["30 May", "31 May", "1 June"]})), "day_of") == [None, None, None]


@pytest.mark.parametrize(
    ("cells", "coded"),
    [
        (["yes", "No", "Y", "n"], [1, 0, 1, 0]),
        (["TRUE", "false", "t", "F"], [1, 0, 1, 0]),
        (["yes", "0", "1", "no"], [1, 0, 1, 0]),
        (["Ja", "nein", "j", "n"], [1, 0, 1, 0]),
        (["Wine", "beer", "wine", "BEER"], [0, 1, 0, 1]),
    ],
)
def test_spellings_of_two_values_are_one_column(tmp_path, cells, coded):
    made = panel(tmp_path, cells, "drank")
    assert made.values("drank") == coded
    assert made.finding("levels").where == "drank"


def test_two_spellings_of_one_answer_are_not_two_answers(tmp_path):
    assert "drank" not in panel(tmp_path, ["yes", "y"], "drank").panel.columns
    assert "drank" not in panel(tmp_path / "no", ["no", "N", "n"], "drank").panel.columns


@pytest.mark.parametrize("cells", [["yes", "no", "maybe", "y"], ["yes", "no", "2", "y"], ["yes", "y", "YES", "y"]])
def test_other_texts_beside_yes_and_no_are_not_guessed(tmp_path, cells):
    assert "drank" not in panel(tmp_path, cells, "drank").panel.columns
