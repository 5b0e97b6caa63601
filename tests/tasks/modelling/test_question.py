"""The question in the catalogue's terms."""

import pytest

from schemas.errors import StudyError
from tasks.modelling.question import question_of
from tests.tasks.modelling.making import catalog_of, panel_of, params, record


def asked(given, **catalog):
    return question_of(given, catalog_of(record(), **catalog))


def test_a_two_valued_exposure_is_compared_as_recorded():
    got = asked(params())
    assert (got.from_value, got.to_value, got.contrast) == (0.0, 1.0, "1 versus 0")


def test_levels_name_the_contrast():
    got = asked(params(), levels={"coffee": "decaf|espresso"})
    assert got.contrast == "espresso versus decaf"
    assert "1 = espresso" in got.coding


def test_a_continuous_exposure_is_compared_by_one_unit_or_as_declared():
    catalog = catalog_of(record(), units={"stress": "points"})
    assert question_of(params(treatment="stress"), catalog).contrast == "one points more"
    declared = params(treatment="stress", contrast={"exposed": 5, "reference": 2})
    got = question_of(declared, catalog)
    assert (got.from_value, got.to_value) == (2.0, 5.0)


@pytest.mark.parametrize(
    ("study", "message"),
    [
        ({"treatment": None}, "the name of the treatment, one of: coffee, sleep, stress"),
        ({"outcome": None}, "causal-ssm run DIR --treatment NAME --outcome NAME"),
        ({"treatment": "tea"}, "got 'tea'"),
        ({"treatment": "sleep"}, "two different variables"),
        ({"treatment": "stress", "contrast": {"exposed": "a", "reference": "b"}}, "two different numbers"),
    ],
)
def test_an_unusable_question_is_refused(study, message):
    with pytest.raises(StudyError, match=message):
        asked(params(**study))


def test_a_constant_exposure_is_refused():
    panel = panel_of({"coffee": [1.0] * 20, "sleep": list(range(20))})
    catalog = catalog_of(panel, kinds={"coffee": "constant"})
    with pytest.raises(StudyError, match="constant"):
        question_of(params(), catalog)
