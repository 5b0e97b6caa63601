"""Laws on random small graphs: a yes is right, a no has a witness, longer windows never take a yes back."""

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ssm_core.graphs.identification import identify
from ssm_core.graphs.projected.evaluation import evaluate
from ssm_core.graphs.projected.functional import Functional
from ssm_core.graphs.query import Query
from ssm_core.graphs.unrolled import smallest_lag, window_of
from tests.ssm_core.graphs.binary import effect, law, random_model
from tests.ssm_core.graphs.formulas import through_the_door
from tests.ssm_core.graphs.random_graphs import confounded_graphs, small_graphs
from tests.ssm_core.graphs.witness import two_models

LARGEST_LAW = 15


@settings(max_examples=120)
@given(small_graphs(hidden=0.7), st.integers(0, 1), st.integers(0, 2**20))
def test_every_yes_equals_the_truth_in_a_random_model(candidate, extra, seed):
    lag = smallest_lag(candidate, "X", "Y")
    assume(lag is not None)
    lag += extra
    got = identify(candidate, "X", "Y", lag)
    assume(got.identified and got.method != "no_path")
    query = Query(candidate, "X", "Y", (lag,), window_of(candidate, lag))
    found = query.answer(got.slices)
    assert isinstance(found, Functional)
    assume(len(found.nodes) <= LARGEST_LAW)
    model = random_model(query.unrolled, np.random.default_rng(seed))
    (x,), y = query.exposures, query.y
    truth = effect(query.unrolled, model, x, y)
    joint = law(query.unrolled, model, [query.unrolled.number(at) for at in found.nodes])
    np.testing.assert_allclose(evaluate(found, joint), truth, atol=1e-9)
    if got.front_door is not None:
        door = through_the_door(query.unrolled, model, x, y, got.front_door.mediators, got.front_door.given)
        np.testing.assert_allclose(door, truth, atol=1e-9)


@settings(max_examples=25)
@given(confounded_graphs())
def test_a_no_has_a_witness(candidate):
    lag = smallest_lag(candidate, "X", "Y")
    assume(lag is not None)
    got = identify(candidate, "X", "Y", lag)
    assume(not got.identified)
    pair = two_models(candidate, "X", "Y", lag, got.slices)
    assert pair is not None
    np.testing.assert_allclose(*pair.laws, atol=1e-12)
    assert np.abs(pair.effects[0] - pair.effects[1]).max() > 1e-3


@settings(max_examples=40)
@given(small_graphs(hidden=0.7))
def test_longer_windows_only_turn_no_into_yes(candidate):
    lag = smallest_lag(candidate, "X", "Y")
    assume(lag is not None)
    slices = window_of(candidate, lag)
    query = Query(candidate, "X", "Y", (lag,), slices)
    answers = [isinstance(query.answer(window), Functional) for window in range(lag + 1, slices + 1)]
    assert answers == sorted(answers)
    got = identify(candidate, "X", "Y", lag)
    assert got.identified == answers[-1]
    assert got.slices == (lag + 1 + answers.index(True) if answers[-1] else slices)
