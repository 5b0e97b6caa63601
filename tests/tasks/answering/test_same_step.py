"""Columns of the same step: told where one moves the estimate, in peace where it does not or has a role."""

import numpy as np
import pytest

from tests.tasks.answering.test_scorecard import STEPS, lines

NAME = "same_step_columns"


def record(seed, kind):
    """A coded exposure `x` and an outcome `y` with memory; `s` of the same step confounds, mediates or does nothing."""
    rng = np.random.default_rng(seed)
    s, e, coin = rng.normal(size=STEPS), rng.normal(size=STEPS), rng.random(STEPS)
    x = (coin < 1 / (1 + np.exp(-1.5 * s * (kind == "confounds")))).astype(float)
    s = s + 1.5 * x * (kind == "mediates")
    y = np.zeros(STEPS)
    for t in range(1, STEPS):
        y[t] = 0.3 * y[t - 1] + (0.8 * s[t] if kind != "nothing" else 0.5 * x[t]) + e[t]
    return {"x": x, "y": y, "s": s}


@pytest.mark.mcmc
@pytest.mark.parametrize("kind", ["confounds", "mediates"])
def test_a_column_that_moves_the_estimate_is_told_and_what_to_declare(kind):
    got = lines(record(1, kind))[NAME]
    assert got["status"] == "warn"
    assert got["value"] > 1.0
    assert "Holding s of the same step" in got["sentence"]
    assert "configure.roles" in got["sentence"]
    assert abs(float(got["sentence"].split(" to ")[1].split()[0])) < 0.35, "nothing is left of the estimate"


@pytest.mark.mcmc
def test_a_column_that_does_nothing_is_left_in_peace():
    assert lines(record(1, "nothing"))[NAME]["status"] == "pass"


@pytest.mark.mcmc
@pytest.mark.parametrize("role", ["confounder", "mediator"])
def test_a_column_with_a_role_is_not_asked_about(role):
    assert lines(record(1, "confounds"), configure={"roles": {"s": role}})[NAME]["status"] == "not_applicable"
