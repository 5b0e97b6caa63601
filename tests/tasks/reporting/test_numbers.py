"""Laws of the one module that turns numbers into text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.rounding import plain, signed
from tasks.reporting import numbers
from tasks.reporting.numbers import MINUS, SPACE


@pytest.mark.parametrize(
    ("value", "low", "high", "text"),
    [
        (0.1834, 0.03, 0.34, "0.18"),
        (-23.41, -31.8, -15.0, f"{MINUS}23"),
        (1234.5, 1100, 1450, "1,230"),
        (0.00123, 0.0004, 0.0021, "0.0012"),
        (-0.001, -1.0, 1.0, "0.0"),
    ],
)
def test_an_estimate_has_two_significant_digits_of_its_interval(value, low, high, text):
    assert numbers.estimate(value, low, high) == text


def test_a_probability_is_never_certain():
    assert numbers.percent(1.0) == f"more than 99{SPACE}%"
    assert numbers.percent(0.0) == f"less than 1{SPACE}%"
    assert numbers.percent(0.984) == f"98{SPACE}%"


@given(st.floats(0, 1))
def test_no_probability_reads_as_none_or_all(probability):
    assert numbers.percent(probability) not in (f"0{SPACE}%", f"100{SPACE}%")


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e3))
def test_rounding_moves_a_value_by_less_than_a_tenth_of_its_interval(value, width):
    shown = float(numbers.estimate(value, value - width / 2, value + width / 2).replace(MINUS, "-").replace(",", ""))
    assert abs(shown - value) <= 0.051 * width + 1e-9 * abs(value)


def test_a_setting_has_no_trailing_zeros():
    assert (numbers.plain(0.3), numbers.plain(1.003), numbers.plain(1500.0)) == ("0.3", "1.003", "1,500")


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(0.1734, 2, "+0.17"), (-17.34, 2, "-17"), (558.0, 2, "+560"), (-1170.0, 3, "-1170"), (99.6, 2, "+100"),
     (7312.0, 2, "+7300"), (0.0, 2, "+0"), (3.2e7, 2, "+3.2e+07"), (-0.00021, 2, "-0.00021"), (999.7, 3, "+1000")],
)  # fmt: skip
def test_numbers_in_sentences_have_noughts_instead_of_an_exponent(value, digits, text):
    assert signed(value, digits) == text
    assert plain(value, digits) == text.removeprefix("+")
