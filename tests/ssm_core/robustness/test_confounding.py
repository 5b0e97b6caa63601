"""Sensitivity to hidden causes against the figures of the papers and against simulation."""

import numpy as np
import pytest

from ssm_core.robustness.confounding import bias_of, e_value, partial_r2, regression, robustness_value


def test_the_e_value_of_a_risk_ratio_of_3_9_is_the_papers():
    """VanderWeele & Ding (2017): an observed risk ratio of 3.9 has the E-value 7.26."""
    assert e_value(np.log(3.9) / 0.91) == pytest.approx(7.26, abs=0.01)
    assert e_value(0.0) == 1.0


def test_the_robustness_value_is_that_of_the_darfur_example():
    """Cinelli & Hazlett (2020), table 1: t = 4.18 with 783 degrees of freedom has RV = 13.9 %, partial R2 2.2 %."""
    assert robustness_value(4.18, 783) == pytest.approx(0.139, abs=5e-4)


def test_a_cause_as_strong_as_the_robustness_value_takes_the_estimate_away():
    t, degrees = 3.1, 120
    share = robustness_value(t, degrees)
    assert bias_of(share, share, 1.0, degrees) == pytest.approx(t)


def test_the_bias_formula_is_what_leaving_a_cause_out_does():
    rng = np.random.default_rng(1)
    z, rows = rng.normal(size=500), np.ones((500, 1))
    x = 0.6 * z + rng.normal(size=500)
    y = 0.3 * x + 0.8 * z + rng.normal(size=500)
    short, full = regression(y, x, rows), regression(y, x, np.column_stack([rows, z]))
    with_outcome = partial_r2(y, z[:, None], np.column_stack([rows, x]))
    with_exposure = partial_r2(x, z[:, None], rows)
    expected = bias_of(with_outcome, with_exposure, short.se, short.degrees)
    assert short.estimate - full.estimate == pytest.approx(expected, rel=1e-10)


def test_collinear_columns_have_no_regression():
    x = np.arange(10.0)
    assert regression(x, x, np.column_stack([np.ones(10), 2 * x])) is None
