"""Assurance against simulated further records analysed by conjugate regression."""

import numpy as np
import pytest

from ssm_core.designs.assurance import Known, Rule, first_settled, prospects
from ssm_core.effects.summaries import probability_outside
from ssm_core.effects.verdict import prob_direction

RULE = Rule(0.975, 0.8, 0.95, -0.1, 0.1)


def draws(mean, sd, count=2000):
    return np.random.default_rng(1).normal(mean, sd, count)


def test_assurance_is_how_often_simulated_records_settle_the_question():
    effect, noise, n = draws(0.4, 0.25), np.full(2000, 1.0), 84
    rng, settled = np.random.default_rng(2), 0
    there = effect[np.abs(effect) > 0.1][:1500]
    for b in there:
        x = rng.integers(0, 2, n).astype(float) - 0.5
        y = b * x + rng.normal(size=n)
        precision = 1 / 0.25**2 + x @ x
        mean = (0.4 / 0.25**2 + x @ y) / precision
        posterior = rng.normal(mean, precision**-0.5, 4000)
        outside = probability_outside(posterior, -0.1, 0.1, np.ones(4000))
        settled += prob_direction(float((posterior > 0).mean())) >= 0.975 and outside >= 0.8
    (found,) = prospects(effect, noise, 0.5, RULE, lengths=(n,))
    assert found.aim == "effect"
    assert found.settled == pytest.approx(settled / len(there), abs=0.04)


def test_more_data_settle_more_and_a_large_effect_sooner():
    noise = np.full(2000, 1.0)
    small, large = (prospects(draws(mean, 0.3), noise, 0.5, RULE) for mean in (0.2, 1.0))
    assert np.all(np.diff([p.settled for p in small]) > -0.02)
    assert first_settled(large).steps < first_settled(small).steps
    assert all(p.low <= p.high for p in small)


def test_where_hardly_any_effect_is_possible_the_aim_is_to_rule_it_out():
    found = prospects(draws(0.0, 0.03), np.full(2000, 1.0), 0.5, RULE)
    assert {p.aim for p in found} == {"none"}
    assert first_settled(found) is not None


def test_a_question_on_the_edge_of_what_matters_stays_open():
    found = prospects(0.1 + draws(0, 1e-3), np.full(2000, 5.0), 0.5, RULE)
    assert first_settled(found) is None


def test_steps_that_speak_for_themselves_promise_less_and_as_much_as_simulated():
    """The record so far says how large the effect may be; the analysis of the new steps knows only its prior."""
    effect, noise, n = draws(-1.0, 0.1), np.full(2000, 1.0), 14
    (own,) = prospects(effect, noise, 0.5, RULE, lengths=(n,), known=Known(0.0, 1.0))
    (both,) = prospects(effect, noise, 0.5, RULE, lengths=(n,))
    rng, settled = np.random.default_rng(2), 0
    for b in effect[:1500]:
        x = rng.permutation(np.repeat([-0.5, 0.5], n // 2))
        y = b * x + rng.normal(size=n)
        precision = 1.0 + x @ x
        posterior = rng.normal(x @ y / precision, precision**-0.5, 4000)
        outside = probability_outside(posterior, -0.1, 0.1, np.ones(4000))
        settled += prob_direction(float((posterior > 0).mean())) >= 0.975 and outside >= 0.8
    assert own.settled == pytest.approx(settled / 1500, abs=0.04)
    assert both.settled > 0.99


def test_an_effect_near_the_smallest_that_matters_may_be_settled_either_way():
    effect, noise = draws(0.1, 0.05), np.full(2000, 1.0)
    asked = prospects(effect, noise, 0.5, RULE, lengths=(2000,))[0]
    any_answer = prospects(effect, noise, 0.5, RULE, lengths=(2000,), either=True)[0]
    assert (asked.aim, any_answer.aim) == ("effect", "either")
    rng, v = np.random.default_rng(4), 1.0 / 500
    w = 1.0 / (1.0 / effect.var() + 1.0 / v)
    centre = w * (effect.mean() / effect.var() + (effect + rng.normal(0, v**0.5, effect.size)) / v)
    sample = centre[:, None] + w**0.5 * rng.normal(size=(effect.size, 2000))
    outside = ((sample < -0.1) | (sample > 0.1)).mean(axis=1)
    up = (sample > 0).mean(axis=1)
    settled = ((np.maximum(up, 1 - up) >= 0.975) & (outside >= 0.8)) | (outside <= 0.05)
    assert any_answer.settled == pytest.approx(settled.mean(), abs=0.04)
