"""A prior, its quantiles, and the prior that they give: the same again, for every family."""

import itertools

import numpy as np
import pytest

from schemas.params import Llm
from schemas.prior import Beta, Gamma, HalfNormal, LogNormal, Normal, StudentT, TruncatedNormal
from tasks.llm.exchange import Answerer
from tasks.llm.faults import ReplyUnusable
from tasks.llm.inputs import AskedPrior
from tasks.llm.quantiles import DF, LEVELS, WORST, fitted, law_of, quantiles_of
from tasks.llm.roles.priors import parameter_priors

PRIORS = [
    *(Normal(mean=m, sd=s) for m, s in itertools.product((-1e3, 0.0, 0.3), (1e-3, 1.0, 40.0))),
    *(StudentT(df=DF, mean=m, scale=s) for m, s in itertools.product((-5.0, 0.0), (0.1, 30.0))),
    *(HalfNormal(sd=s) for s in (1e-3, 1.0, 500.0)),
    *(LogNormal(median=m, log_sd=s) for m, s in itertools.product((1e-3, 1.0, 900.0), (0.1, 0.5, 2.0))),
    *(Gamma(shape=k, rate=r) for k, r in itertools.product((0.7, 2.0, 30.0), (0.01, 1.0, 50.0))),
    *(Beta(a=a, b=b) for a, b in itertools.product((0.8, 2.0, 20.0), (0.8, 5.0))),
    *(TruncatedNormal(mean=m, sd=s, low=-0.99, high=0.99) for m, s in itertools.product((-0.3, 0.2, 0.6), (0.1, 0.4))),
]


@pytest.mark.parametrize("prior", PRIORS, ids=str)
def test_quantiles_give_the_same_prior_back(prior):
    back = fitted(prior.family, *quantiles_of(prior))
    assert back.miss < 1e-5
    mine, its = prior.model_dump(exclude={"family"}), back.prior.model_dump(exclude={"family"})
    assert its == pytest.approx(mine, rel=2e-3, abs=1e-6)


@pytest.mark.parametrize("prior", PRIORS, ids=str)
def test_quantiles_are_those_of_simulated_draws(prior):
    draws = law_of(prior).rvs(size=20000, random_state=np.random.default_rng(3))
    shares = [(draws <= q).mean() for q in quantiles_of(prior)]
    assert shares == pytest.approx(LEVELS, abs=4 * 0.5 / np.sqrt(20000))


@pytest.mark.parametrize(
    ("family", "quantiles"),
    [
        ("normal", (0.0, 0.0, 1.0)),
        ("normal", (1.0, 0.0, 2.0)),
        ("normal", (0.0, 1.0, float("inf"))),
        ("normal", (float("nan"), 1.0, 2.0)),
        ("gamma", (-1.0, 1.0, 2.0)),
        ("log_normal", (0.0, 1.0, 2.0)),
        ("half_normal", (-0.1, 1.0, 2.0)),
        ("beta", (0.1, 0.5, 1.5)),
        ("truncated_normal", (-1.5, 0.0, 0.5)),
    ],
)
def test_quantiles_that_the_family_cannot_have_are_refused(family, quantiles):
    with pytest.raises(ValueError, match="quantiles"):
        fitted(family, *quantiles)


def test_a_family_that_does_not_fit_says_by_how_much():
    assert fitted("normal", 0.0, 0.1, 10.0).miss > WORST
    assert fitted("log_normal", 0.001, 0.1, 10.0).miss < 1e-6


@pytest.mark.parametrize("factor", [1e-3, 60.0, 1e4])
@pytest.mark.parametrize("family", ["normal", "student_t", "half_normal", "log_normal", "gamma"])
def test_a_change_of_unit_changes_only_the_unit(family, factor):
    one = fitted(family, 1.0, 2.0, 4.0)
    other = fitted(family, factor, 2 * factor, 4 * factor)
    assert np.array(quantiles_of(other.prior)) == pytest.approx(factor * np.array(quantiles_of(one.prior)), rel=1e-4)


ASKED = (AskedPrior("effect", "change of sleep per coffee", "h", ("normal",), None),)


def stated(q05, q50, q95, family="normal", unit="h"):
    fields = {"parameter": "effect", "family": family, "q05": q05, "q50": q50, "q95": q95}
    return {"quantiles": [{**fields, "unit": unit, "reason": "Known."}]}


def asked(script):
    llm = Llm(model="m", priors_as="quantiles", prior_samples=1)
    return parameter_priors(Answerer(llm, script), "?", "coffee", "sleep", ASKED)


def test_stated_quantiles_become_the_prior_that_is_sampled(script):
    calls = script(stated(-1.0, 0.0, 1.0))
    (prior,) = asked(calls).priors
    assert quantiles_of(prior.prior) == pytest.approx((-1.0, 0.0, 1.0))
    assert calls.requests[0].reply_schema["$defs"]["ProposedQuantiles"]["properties"]["family"]["enum"] == ["normal"]
    assert "q05" in calls.requests[0].messages[1].content


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        (stated(1.0, 0.0, 2.0), "ascend"),
        (stated(0.0, 0.1, 10.0), "misses them by"),
        (stated(1.0, 2.0, 4.0, family="gamma"), "the family gamma is not allowed"),
        (stated(-1.0, 0.0, 1.0, unit="min"), "the unit must be"),
        ({"quantiles": []}, "has no prior"),
    ],
)
def test_quantiles_that_cannot_be_used_go_back_with_the_reason(script, wrong, reason):
    calls = script(wrong, stated(-1.0, 0.0, 1.0))
    assert len(asked(calls).priors) == 1
    assert reason in calls.requests[1].messages[-1].content
    with pytest.raises(ReplyUnusable, match=reason):
        asked(script(wrong, wrong, wrong))
