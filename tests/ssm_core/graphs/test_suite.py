"""The known answers, each with a witness: the truth in random binary models, or two models that the record confuses."""

from functools import cache

import numpy as np
import pytest

from ssm_core.graphs.identification import identify
from ssm_core.graphs.projected.evaluation import evaluate
from ssm_core.graphs.projected.functional import Functional
from ssm_core.graphs.query import Query
from ssm_core.graphs.unrolled import At, causes_of, smallest_lag, unroll, window_of
from tests.ssm_core.graphs.binary import effect, law, random_model
from tests.ssm_core.graphs.formulas import adjusted, through_the_door
from tests.ssm_core.graphs.suite import HIDDEN_BUT_HARMLESS, NOT, OTHER_WAYS, RECORDED, SUITE, ZERO
from tests.ssm_core.graphs.witness import two_models

UNSEEN = ("hidden exposure", "hidden outcome")


def known(entries):
    return pytest.mark.parametrize("entry", entries, ids=[entry.name for entry in entries])


def lag_of(entry):
    return entry.lag if entry.lag is not None else smallest_lag(entry.graph, "X", "Y") or 0


@cache
def answer(entry):
    return identify(entry.graph, "X", "Y", lag_of(entry))


def test_the_suite_is_large_and_names_each_graph_once():
    assert len(SUITE) >= 40
    assert len({entry.name for entry in SUITE}) == len(SUITE)
    assert sum(not entry.identified for entry in SUITE) >= 20


@known(SUITE)
def test_known_answer(entry):
    got = answer(entry)
    assert (got.identified, got.method, got.kind) == (entry.identified, entry.method, entry.kind), entry.why
    assert got.identified or got.reasons
    assert got.effect_zero_by_graph == (entry.method == "no_path")
    if entry.sets is not None:
        assert {frozenset(s) for s in got.adjustment_sets} == {frozenset(s.split()) for s in entry.sets}


@known(ZERO)
def test_an_effect_called_zero_is_zero_in_a_random_model(entry):
    slices = window_of(entry.graph, lag_of(entry))
    unrolled = unroll(entry.graph, slices)
    x, y = unrolled.number(At("X", -lag_of(entry))), unrolled.number(At("Y", 0))
    truth = effect(unrolled, random_model(unrolled, np.random.default_rng(3)), x, y)
    np.testing.assert_allclose(truth[0], truth[1], atol=1e-12)


@known((*RECORDED, *HIDDEN_BUT_HARMLESS, *OTHER_WAYS))
def test_a_yes_gives_the_true_effect_in_random_models(entry):
    lag, got = lag_of(entry), answer(entry)
    found = Query(entry.graph, "X", "Y", (lag,), got.slices).answer(got.slices)
    assert isinstance(found, Functional)
    unrolled = unroll(entry.graph, window_of(entry.graph, lag), causes_of(entry.graph, frozenset({"Y"})))
    x, y = unrolled.number(At("X", -lag)), unrolled.number(At("Y", 0))
    for seed in range(2):
        model = random_model(unrolled, np.random.default_rng(seed))
        truth = effect(unrolled, model, x, y)
        assert np.abs(truth[0] - truth[1]).max() > 1e-6
        joint = law(unrolled, model, [unrolled.number(at) for at in found.nodes])
        np.testing.assert_allclose(evaluate(found, joint), truth, atol=1e-10)
        for chosen in got.adjustment_sets:
            np.testing.assert_allclose(adjusted(unrolled, model, x, y, chosen), truth, atol=1e-10)
        if got.optimal_adjustment_set is not None:
            np.testing.assert_allclose(adjusted(unrolled, model, x, y, got.optimal_adjustment_set), truth, atol=1e-10)
        if got.front_door is not None:
            door = through_the_door(unrolled, model, x, y, got.front_door.mediators, got.front_door.given)
            np.testing.assert_allclose(door, truth, atol=1e-10)


@known([entry for entry in NOT if entry.name not in UNSEEN])
def test_a_no_has_two_models_with_one_law_and_two_effects(entry):
    pair = two_models(entry.graph, "X", "Y", lag_of(entry), answer(entry).slices)
    assert pair is not None
    np.testing.assert_allclose(*pair.laws, atol=1e-12)
    assert np.abs(pair.effects[0] - pair.effects[1]).max() > 1e-3
