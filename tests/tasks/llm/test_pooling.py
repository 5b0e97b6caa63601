"""Several wordings, one prior: the linear pool, fitted to a family that can be sampled."""

import numpy as np
import pytest

from schemas.params import Llm
from schemas.prior import Beta, Gamma, HalfNormal, LogNormal, Normal, StudentT, TruncatedNormal
from tasks.llm.exchange import Answerer
from tasks.llm.faults import ReplyUnusable
from tasks.llm.inputs import AskedPrior
from tasks.llm.pooling import mixture_quantile, pooled
from tasks.llm.quantiles import LEVELS, law_of, quantiles_of
from tasks.llm.roles.priors import parameter_priors

REAL, POSITIVE = ("normal", "student_t"), ("log_normal", "half_normal", "gamma")


@pytest.mark.parametrize(
    "prior",
    [
        Normal(mean=1.0, sd=2.0),
        StudentT(df=3.0, mean=1.0, scale=2.0),
        HalfNormal(sd=2.0),
        LogNormal(median=2.0, log_sd=0.4),
        Gamma(shape=2.0, rate=1.5),
        Beta(a=2.0, b=5.0),
        TruncatedNormal(mean=0.3, sd=0.2, low=0.0, high=0.9),
    ],
)
def test_equal_answers_stay_word_for_word(prior):
    assert pooled([prior] * 3, (prior.family,)) == prior


def test_the_pool_has_the_quantiles_of_draws_from_all_answers_alike():
    priors = [Normal(mean=-1.0, sd=1.0), Normal(mean=0.5, sd=2.0), StudentT(df=4.0, mean=0.0, scale=1.0)]
    rng = np.random.default_rng(1)
    draws = np.concatenate([law_of(prior).rvs(200_000, random_state=rng) for prior in priors])
    for level in LEVELS:
        assert mixture_quantile(priors, level) == pytest.approx(np.quantile(draws, level), abs=0.03)


def test_answers_that_differ_give_a_prior_wider_than_each():
    priors = [Normal(mean=-1.0, sd=1.0), Normal(mean=1.0, sd=1.0)]
    found = pooled(priors, REAL)
    low, middle, high = quantiles_of(found)
    assert found.family == "normal"
    assert middle == pytest.approx(0, abs=1e-6)
    assert low < quantiles_of(priors[0])[0] + 0.6 < -1.5
    assert high > 1.5


def test_the_most_frequent_family_wins_unless_it_does_not_fit():
    two_to_one = [LogNormal(median=1.0, log_sd=0.5), LogNormal(median=1.2, log_sd=0.5), Gamma(shape=4.0, rate=4.0)]
    assert pooled(two_to_one, POSITIVE).family == "log_normal"
    far = [HalfNormal(sd=0.01), HalfNormal(sd=0.01), LogNormal(median=100.0, log_sd=0.1)]
    found = pooled(far, POSITIVE)
    assert max(quantiles_of(found)) > 50


def test_pooled_persistence_stays_within_the_bounds_of_the_answers():
    priors = [TruncatedNormal(mean=m, sd=0.2, low=0.0, high=0.95) for m in (0.2, 0.6)]
    found = pooled(priors, ("truncated_normal", "beta"))
    assert (found.low, found.high) == (0.0, 0.95)


ASKED = (AskedPrior("effect", "change of sleep per coffee", "h", REAL, None),)


def said(mean: float, sd: float = 1.0) -> dict:
    prior = {"family": "normal", "mean": mean, "sd": sd}
    return {"priors": [{"parameter": "effect", "prior": prior, "unit": "h", "reason": f"About {mean:g}."}]}


def asked(script, samples: int, **more):
    llm = Llm(model="m", prior_samples=samples)
    return parameter_priors(Answerer(llm, script), "?", "coffee", "sleep", ASKED, **more)


def test_every_wording_is_asked_differently_and_the_answers_are_pooled(script):
    calls = script(said(-1.0), said(1.0), said(0.0))
    (found,) = asked(calls, 3).priors
    assert len({request.messages[1].content for request in calls.requests}) == 3
    assert [request.sample for request in calls.requests] == [0, 1, 2]
    assert quantiles_of(found.prior)[1] == pytest.approx(0, abs=1e-6)
    assert found.reason == "3 wordings pooled: About -1. / About 1. / About 0."


def test_a_wording_without_a_usable_answer_is_left_out_and_all_of_them_are_a_fault(script):
    nothing = {"priors": []}
    (found,) = asked(script(nothing, nothing, nothing, said(2.0)), 2).priors
    assert found.prior == Normal(mean=2.0, sd=1.0)
    with pytest.raises(ReplyUnusable):
        asked(script(*[nothing] * 6), 2)


def wide(reply) -> tuple[str, ...]:
    return ("the values would be absurd",) if reply.priors[0].prior.sd > 10 else ()


def test_a_doubtful_prior_goes_back_with_the_reason_and_a_better_one_is_taken(script):
    calls = script(said(0.0, 100.0), said(0.0, 1.0))
    found = asked(calls, 1, doubt=wide)
    assert found.priors[0].prior == Normal(mean=0.0, sd=1.0)
    assert found.doubts == ()
    assert "absurd" in calls.requests[1].messages[-1].content


def test_after_its_last_turn_a_doubtful_prior_is_used_and_the_doubt_is_kept(script):
    calls = script(said(0.0, 100.0), said(0.0, 90.0), said(0.0, 80.0))
    found = asked(calls, 1, doubt=wide)
    assert len(calls.requests) == 3
    assert found.priors[0].prior == Normal(mean=0.0, sd=80.0)
    assert found.doubts == ("the values would be absurd",)


def test_a_doubtful_answer_is_better_than_a_later_broken_one(script):
    found = asked(script(said(0.0, 100.0), "nonsense", "nonsense"), 1, doubt=wide)
    assert found.priors[0].prior.sd == 100.0
    assert found.doubts
