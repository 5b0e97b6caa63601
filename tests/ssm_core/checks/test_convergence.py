"""R-hat, effective sample sizes and energy fractions are those of ArviZ."""

import numpy as np
import pytest
from arviz_stats.base import array_stats

from ssm_core.checks.convergence import TAIL, convergence_of, convergences_of, lowest_bfmi

AXES = {"chain_axis": 0, "draw_axis": 1}


def autoregressive(chains, draws, memory, seed=1):
    rng = np.random.default_rng(seed)
    out = np.zeros((chains, draws))
    for t in range(1, draws):
        out[:, t] = memory * out[:, t - 1] + rng.normal(size=chains)
    return out


@pytest.mark.parametrize(
    ("chains", "draws", "memory"),
    [(4, 500, 0.5), (16, 250, 0.9), (16, 101, 0.0), (2, 50, 0.99), (3, 25, 0.2), (4, 300, -0.6)],
)
@pytest.mark.parametrize("change", [lambda x: x, lambda x: np.round(x, 1), np.exp], ids=["plain", "ties", "skewed"])
def test_figures_equal_those_of_arviz(chains, draws, memory, change):
    values = change(autoregressive(chains, draws, memory))
    got = convergence_of(values)
    assert got.rhat == pytest.approx(float(array_stats.rhat(values, **AXES)), rel=1e-9)
    assert got.ess_bulk == pytest.approx(float(array_stats.ess(values, method="bulk", **AXES)), rel=1e-9)
    assert got.ess_tail == pytest.approx(float(array_stats.ess(values, method="tail", prob=TAIL, **AXES)), rel=1e-9)
    assert got.mcse == pytest.approx(float(array_stats.mcse(values, method="mean", **AXES)), rel=1e-9)


def test_the_energy_fraction_is_that_of_arviz():
    energy = autoregressive(4, 200, 0.7)
    assert lowest_bfmi(energy) == pytest.approx(float(np.min(array_stats.bfmi(energy, **AXES))), rel=1e-9)


def test_constants_have_converged_and_infinities_have_not():
    values = np.stack([np.full((4, 100), 2.0), np.where(np.eye(4, 100) > 0, np.inf, 1.0)], axis=2)
    constant, infinite = convergences_of(values)
    assert constant == (1.0, 400.0, 400.0, 0.0)
    assert infinite.rhat == np.inf
    assert infinite.ess_bulk == 0.0


def test_chains_that_disagree_are_seen():
    apart = autoregressive(4, 200, 0.3) + np.array([0.0, 0.0, 0.0, 3.0])[:, None]
    assert convergence_of(apart).rhat > 1.2
