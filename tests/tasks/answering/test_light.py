"""What the scorecard adds to a verdict's sentences: an effect that comes later, a recorded column that drives both."""

import numpy as np
import pytest

from tasks.answering.light import in_the_light_of
from tasks.answering.scorecard import scorecard
from tasks.answering.verdict import verdict_of
from tests.tasks.answering.test_scorecard import STEPS, case_of


def verdict_on(case):
    return in_the_light_of(scorecard(case), verdict_of(case.findings, case.params), case)


def late(effect, seed=4):
    """`y_t = 0.3 y_{t-1} + effect x_{t-1} + e_t`, a coin each step: nothing happens within the step."""
    rng = np.random.default_rng(seed)
    x, y, e = (rng.random(STEPS) < 0.5).astype(float), np.zeros(STEPS), rng.normal(size=STEPS)
    for t in range(1, STEPS):
        y[t] = 0.3 * y[t - 1] + effect * x[t - 1] + e[t]
    return {"x": x, "y": y}


@pytest.fixture(scope="module")
def delayed():
    return case_of(late(-0.8), study={"randomised": True, "lag": 0})


@pytest.mark.mcmc
def test_an_effect_that_comes_later_is_named_and_its_question_offered(delayed):
    verdict = verdict_on(delayed)
    assert verdict.verdict in ("cannot_tell", "no_meaningful_effect")
    (said,) = [reason for reason in verdict.reasons if reason.startswith("This is only about")]
    assert "1 day after the exposure" in said
    assert verdict.next_step.startswith("Set study.lag: 1 in params.yaml")


@pytest.mark.mcmc
def test_an_effect_that_comes_later_is_not_shrunk_out_of_its_interval(delayed):
    """Truth -0.8; with a prior a quarter as wide as the first lag's the mean error of 20 such records was 0.25."""
    quantities = delayed.main.quantities
    (draws,) = [q.draws for q in quantities if (q.name, q.kind, q.horizon) == ("impulse_response", "expected", 1)]
    low, high = np.quantile(draws, [0.05, 0.95])
    assert low <= -0.8 <= high


@pytest.mark.mcmc
def test_without_an_effect_no_other_question_is_offered():
    verdict = verdict_on(case_of(late(0.0), study={"randomised": True, "lag": 0}))
    assert "study.lag" not in verdict.next_step
    assert not [reason for reason in verdict.reasons if reason.startswith("This is only about")]


@pytest.mark.mcmc
def test_the_condition_names_a_recorded_column_that_nobody_has_placed():
    rng = np.random.default_rng(2)
    w = rng.normal(size=STEPS)
    x = (rng.random(STEPS) < 1 / (1 + np.exp(-1.5 * w))).astype(float)
    columns = {"x": x, "y": w + rng.normal(size=STEPS), "w": w}
    verdict = verdict_on(case_of(columns))
    (condition,) = [r for r in verdict.reasons if r.startswith("This holds if")]
    assert condition.endswith("drives both x and y, and if w of the same day does not either.")
    assert (verdict.verdict, verdict.unless) == ("effect", "w of the same day drives both")
    placed = case_of(columns, configure={"roles": {"w": "confounder"}})
    assert verdict_on(placed).unless == ""
    assert not [r for r in verdict_on(placed).reasons if "of the same day" in r]


@pytest.mark.mcmc
def test_an_effect_two_steps_later_is_named_with_its_own_lag():
    rng = np.random.default_rng(6)
    x = rng.integers(0, 2, STEPS).astype(float)
    y = rng.normal(size=STEPS) - 1.5 * np.concatenate([[0.0, 0.0], x[:-2]])
    verdict = verdict_on(case_of({"x": x, "y": y}, study={"randomised": True, "lag": 0}))
    assert verdict.next_step.startswith("Set study.lag: 2 in params.yaml")
    assert "2 days after the exposure" in " ".join(verdict.reasons)
