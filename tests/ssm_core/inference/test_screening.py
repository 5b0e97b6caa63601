"""Candidates on one record: weighed as their exact evidences say, with what was cut off and why."""

import numpy as np
import pytest

from schemas.spec import Series
from ssm_core.inference.evidence import DifferentRecordsError
from ssm_core.inference.screening import Screen, screened
from tests.ssm_core.inference.problems import (
    NOISE,
    evidence_by_quadrature,
    evidence_given_sd,
    record,
    regression,
    target_of,
)
from tests.ssm_core.zoo import p, spec

SCREEN = Screen(seed=3, starts=4, draws=4000)


@pytest.fixture(scope="module")
def columns():
    return record(persistence=0.5)


@pytest.fixture(scope="module")
def targets(columns):
    return [
        target_of(regression("no memory"), columns),
        target_of(regression("memory", memory=True), columns),
        target_of(regression("memory and carry-over", memory=True, carry_over=True), columns),
        target_of(regression("far too quiet", sd=0.2), columns),
    ]


def by_name(screening):
    return {one.evidence.graph: one for one in (*screening.kept, *screening.cut)}


def test_evidences_are_those_of_algebra_and_quadrature(columns, targets):
    found = by_name(screened(targets, [0.25] * 4, SCREEN))
    one = found["far too quiet"].evidence
    assert one.log_evidence == pytest.approx(evidence_given_sd(columns, 0.2), abs=1e-4)
    one = found["no memory"].evidence
    assert one.log_evidence == pytest.approx(evidence_by_quadrature(columns), abs=4 * one.se + 1e-3)


def test_memory_that_is_in_the_record_is_found_and_the_rest_is_cut(targets):
    got = screened(targets, [0.25] * 4, SCREEN)
    assert got.kept[0].evidence.graph in ("memory", "memory and carry-over")
    assert "far too quiet" in [one.evidence.graph for one in got.cut]
    assert sum(one.weight for one in (*got.kept, *got.cut)) == pytest.approx(1.0)
    assert got.cut_weight == pytest.approx(1.0 - sum(one.weight for one in got.kept))
    assert got.cut_weight < Screen().smallest * len(got.cut)
    assert f"{len(got.kept)} of 4 models kept" in got.text
    assert got.gradients > 0
    order = [one.weight for one in (*got.kept, *got.cut)]
    assert order == sorted(order, reverse=True)


def test_prior_weights_count_and_none_is_none(targets):
    even = by_name(screened(targets[:3], [1, 1, 1], SCREEN))
    tilted = by_name(screened(targets[:3], [0, 1, 3], SCREEN))
    assert tilted["no memory"].weight == 0.0
    ratio = even["memory and carry-over"].weight / even["memory"].weight
    assert tilted["memory and carry-over"].weight / tilted["memory"].weight == pytest.approx(3 * ratio)


def test_the_same_seed_gives_the_same_screening_and_a_lent_mode_changes_no_evidence(targets):
    one, two = screened(targets, [0.25] * 4, SCREEN), screened(targets, [0.25] * 4, SCREEN)
    assert [c.evidence for c in one.kept] == [c.evidence for c in two.kept]
    alone = screened(targets[1:2], [1.0], SCREEN).kept[0]
    among = by_name(one)["memory"]
    assert among.log_laplace == pytest.approx(alone.log_laplace, abs=1e-4)
    assert among.reports[0].starts == alone.reports[0].starts + 1


def test_a_small_candidate_with_a_doubtful_evidence_is_not_cut(targets):
    """What decides is the weight that it may have, not the one that it seems to have."""
    sure = screened(targets, [0.25] * 4, SCREEN._replace(smallest=0.9))
    assert 1 <= len(sure.kept) <= 3
    top = sure.kept[0]
    assert all(one.weight < 0.9 * top.weight for one in sure.cut)


def test_models_that_cannot_be_screened_are_set_aside_with_the_reason(columns, targets):
    heavy = regression("heavy tails").model_copy(
        update={"series": (Series(name="y", family="student_t", options={"df": 4.0}),)}
    )
    plain = regression("plain").model_copy(update={"series": (Series(name="y"),)})
    got = screened([target_of(heavy, columns), target_of(plain, columns)], [0.5, 0.5], SCREEN)
    assert [one.evidence.graph for one in got.kept] == ["plain"]
    assert got.kept[0].weight == 1.0
    ((name, reason),) = got.set_aside
    assert name == "heavy tails"
    assert "auxiliary variables" in reason
    assert "not screened: heavy tails" in got.text
    nothing = screened([target_of(heavy, columns)], [1.0], SCREEN)
    assert nothing.kept == nothing.cut == ()


def test_records_that_differ_are_refused(columns, targets):
    with pytest.raises(DifferentRecordsError, match="only models of the same cells"):
        screened([targets[0], target_of(regression(), record(70))], [0.5, 0.5])


def test_a_prior_that_is_cut_off_at_stationarity_is_normalised(columns):
    """Two copies of one model, one with a needless second lag held near zero: the cut-off must not change the odds."""
    memory = [p("dynamics", "y", "y", lag) for lag in (1, 2)]
    target = target_of(spec([*memory, p("inputs", "y", "x"), p("process_sd", "y", prior=NOISE)]), columns)
    got = screened([target], [1.0], SCREEN).kept[0]
    share = np.exp(got.preview.weights.log_mean - got.evidence.log_evidence)
    assert 0.4 < share < 0.55  # the exact share of the triangle is in test_laplace
