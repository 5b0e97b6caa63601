"""Auxiliary variables: drawing them anew, given a record that was drawn with them, leaves their law as it was."""

import numpy as np
import pytest
from scipy.stats import kstest

from schemas.prior import LogNormal, TruncatedNormal
from schemas.spec import Series
from ssm_core.inference.augmentation import augmentation_of
from ssm_core.inference.density import LogPosterior
from ssm_core.model.cells import Mixture
from ssm_core.model.design import design_of
from ssm_core.model.regressors import Calendar
from ssm_core.model.simulate import simulate
from ssm_core.model.standard import Standard
from ssm_core.model.structure import scale_of, structure_of
from tests.ssm_core.zoo import p, spec

DF, STEPS = 5.0, 4000
MODEL = [
    p("dynamics", "y", "y", 1, TruncatedNormal(mean=0.5, sd=0.4, low=-0.99, high=0.99)),
    p("process_sd", "y", prior=LogNormal(median=0.5, log_sd=0.5)),
    p("measurement_sd", "y", prior=LogNormal(median=0.7, log_sd=0.5)),
]
THETA = np.array([[0.6], [0.5], [0.7]])


@pytest.mark.parametrize("error", [None, "e"], ids=["student_t alone", "student_t and a known error"])
def test_a_gibbs_step_leaves_the_law_of_the_mixture_as_it_was(error):
    """`1/w ~ Gamma(df/2, df/2)` before and so after, for every step of a long record with gaps (Geweke 2004)."""
    rng = np.random.default_rng(8)
    series = Series(name="y", family="student_t", options={"df": DF}, error=error)
    model = spec(MODEL, inputs=(), regressors=(), series=(series,))
    columns = {"y": np.where(rng.random(STEPS) < 0.1, np.nan, 0.0), "e": rng.uniform(0.3, 1.5, STEPS)}
    standard = Standard({"y": 0.0}, {"y": 1.0})
    design = design_of(model, columns, standard, Calendar(), structure_of(model).input_lags)
    scale = scale_of(model, standard.spread, standard.centre, STEPS)
    blank = LogPosterior(model, scale, design)
    stretch = DF / rng.chisquare(DF, (STEPS, 1, 1))
    drawn = simulate(blank.assembly.layout, blank.assembly.cells(THETA)[0], Mixture(None, stretch), rng)
    y = np.where(np.isnan(design.y), np.nan, drawn.y[..., 0])
    target = LogPosterior(model, scale, design._replace(y=y))
    gibbs = augmentation_of(target, 1, rng)
    gibbs.mixture = Mixture(y[..., None], stretch)
    for _ in range(3):
        assert gibbs.draw(target.unconstrain(THETA)) is not None
    after = gibbs.mixture.stretch[:, 0, 0]
    assert not np.any(after == stretch[:, 0, 0])
    seen = ~np.isnan(y[:, 0])
    for some in (after, after[seen], after[~seen]):
        assert kstest(DF / some, "chi2", args=(DF,)).pvalue > 1e-3
