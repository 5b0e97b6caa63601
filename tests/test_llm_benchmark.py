"""The scores of the language-model benchmark, by hand."""

import pytest

from benchmarks.llm.__main__ import drawn
from benchmarks.llm.backends import without_model
from benchmarks.llm.cases import CASES
from benchmarks.llm.page import Row, page
from benchmarks.llm.scores import Score, edges_score, prior_score, roles_score
from schemas.prior import Normal

CASE = CASES[0]
RIGHT = {CASE.exposure[0]: "exposure", CASE.outcome[0]: "outcome", **CASE.others}


def test_there_are_at_least_twenty_distinct_cases():
    assert len({case.question for case in CASES}) >= 20


def test_expected_roles_score_one_and_each_wrong_one_costs_its_share():
    assert roles_score(CASE, RIGHT) == 1
    assert roles_score(CASE, {**RIGHT, CASE.exposure[0]: "ignore"}) == pytest.approx(1 - 1 / len(RIGHT))
    assert roles_score(CASE, None) is None


@pytest.mark.parametrize(("sign", "score"), [(1, 1.0), (0, 0.5), (-1, 0.0)])
def test_edges_in_the_right_order_score_one_in_the_wrong_order_none_and_guesses_half(sign: int, score: float):
    case = CASE._replace(unrelated=())
    said = dict.fromkeys(case.causes, 0.5 + sign * 0.2)
    assert edges_score(case, said) == score


def test_a_prior_must_hold_both_ends_and_not_everything():
    low, high = CASE.effect
    middle, half = (low + high) / 2, (high - low) / 2
    assert prior_score(CASE, Normal(mean=middle, sd=half)) == 1
    assert prior_score(CASE, Normal(mean=high, sd=half / 10)) == 0
    assert prior_score(CASE, Normal(mean=0, sd=100 * half)) == 0


def test_the_rules_answer_every_case():
    for case in CASES:
        answers = without_model(case)
        assert answers.roles is not None
        assert set(answers.roles) == {case.exposure[0], case.outcome[0], *case.others}


def test_an_unusable_reply_counts_nothing_and_is_told_with_its_reason():
    cut = {"roles": "the reply was cut off at its maximal length"}
    scores = (Score("a", None, 1.0, None, cut), Score("b", 1.0, 1.0, None, {"edges": "no"}))
    text = page([Row("m", scores, frozenset({"roles", "edges"}))])
    roles = "0.50 of 2 cases (1 without a usable reply, 1 cut off)"
    assert f"| m | {roles} | 1.00 of 2 cases (1 without a usable reply, 0 cut off) | not asked |" in text


def test_a_part_of_the_cases_is_drawn_by_a_seed_and_all_of_them_are_the_default():
    assert drawn(len(CASES), 3) == CASES
    assert drawn(5, 1) == drawn(5, 1) != drawn(5, 2)
    assert len({case.question for case in drawn(5, 1)}) == 5
