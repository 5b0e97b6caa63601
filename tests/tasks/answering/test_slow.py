"""Slow changes: told where they make the estimate, in peace where there are none, held by a smooth trend."""

import numpy as np
import pytest

from tests.tasks.answering.test_scorecard import STEPS, case_of, lines

NAME = "slow_changes"
SMOOTH = {"components": {"trend": "smooth"}}


def record(seed, bump):
    """No effect; for some weeks the outcome is higher and the exposure more frequent."""
    rng = np.random.default_rng(seed)
    slow = np.exp(-(((np.arange(STEPS) - 0.6 * STEPS) / (STEPS / 8)) ** 2) / 2)
    x = (rng.random(STEPS) < 0.2 + 0.6 * bump * slow).astype(float)
    return {"x": x, "y": 1.5 * bump * slow + rng.normal(size=STEPS)}


@pytest.mark.mcmc
def test_slow_changes_that_make_the_estimate_are_told_and_what_holds_them():
    told = lines(record(1, bump=1.0))[NAME]
    assert told["status"] == "warn"
    assert told["value"] > 1.0
    assert "configure.components.trend: smooth" in told["sentence"]


@pytest.mark.mcmc
def test_a_smooth_trend_holds_them():
    straight, smooth = (case_of(record(1, bump=1.0), configure=c) for c in ({}, SMOOTH))
    assert straight.headline.q05 > 0.0, "the straight trend leaves an effect that is none"
    assert smooth.headline.q05 < 0.0 < smooth.headline.q95
    assert lines(record(1, bump=1.0), configure=SMOOTH)[NAME]["status"] == "not_applicable"


@pytest.mark.mcmc
def test_a_record_without_slow_changes_is_left_in_peace():
    assert lines(record(1, bump=0.0))[NAME]["status"] == "pass"


@pytest.mark.mcmc
def test_a_coin_leaves_nothing_slow_to_drive_the_exposure():
    assert lines(record(1, bump=1.0), study={"randomised": True})[NAME]["status"] == "not_applicable"
