"""A parameter vector from the prior and a record from the model, such that the posterior scores exactly what was drawn.

A spec with series of its own is scored from its first step on, with `s_0 ~ N(0, P0)`: it is simulated so. A spec
whose states are recorded as themselves only conditions on its first step: there `y_0` is drawn from a law that does
not know the parameters, then `s_0 | y_0, theta`, so that `p(y_0 | theta) = p(y_0)` drops out of the posterior.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from benchmarks.calibration.classes import ModelClass
from schemas.spec import ModelSpec
from ssm_core.inference.density import LogPosterior
from ssm_core.model.cells import Cells, Layout, Mixture
from ssm_core.model.design import Design, design_of
from ssm_core.model.regressors import Calendar
from ssm_core.model.simulate import mean_of, signal_of, simulate, variances
from ssm_core.model.standard import Standard
from ssm_core.model.structure import Scale, scale_of, structure_of
from ssm_core.model.unconstrained import prior_draws
from ssm_core.observations.registry import family_of

MISSING = 0.15
FIRST_SD = 2.0
UNKNOWN = 0.05
BLOCK, BLOCKS = 64, 40


class Simulated(NamedTuple):
    """A posterior to sample from, and the truth it should be calibrated for.

    Attributes:
        target: the log posterior of the simulated record.
        x: the truth on the whole line, one column.
        redrawn: parameter vectors that were thrown away because they are not stationary.
    """

    target: LogPosterior
    x: Float[np.ndarray, "parameter 1"]
    redrawn: int


def simulated(of: ModelClass, rng: np.random.Generator) -> Simulated:
    """Inputs and gaps in the record, then parameters from the prior, then the series."""
    scale, design = _blank(of, rng)
    prior = LogPosterior(of.spec, scale, design)
    x, redrawn = _stationary_draw(prior, rng)
    y = _series(of.spec, prior, x, rng)
    y[np.isnan(design.y)] = np.nan
    return Simulated(LogPosterior(of.spec, scale, design._replace(y=y)), x, redrawn)


def _blank(of: ModelClass, rng: np.random.Generator) -> tuple[Scale, Design]:
    """The record without its series: where they are observed they are zero."""
    spec, steps = of.spec, of.steps
    names = [s.name for s in spec.recorded]
    missing = rng.random((steps, len(names))) < MISSING
    missing[0] = False
    columns = dict(zip(names, np.where(missing, np.nan, 0.0).T, strict=True))
    columns |= _inputs(of, rng)
    standard = Standard(dict.fromkeys([*spec.states, *columns], 0.0), dict.fromkeys([*spec.states, *columns], 1.0))
    calendar = Calendar(
        weekday=(np.arange(steps) + rng.integers(7)) % 7,
        gaps=np.concatenate([[0.0], rng.choice([0.5, 2.0], steps - 1)]) if of.uneven else None,
    )
    scale = scale_of(spec, standard.spread, standard.centre, steps)
    return scale, design_of(spec, columns, standard, calendar, structure_of(spec).input_lags)


def _inputs(of: ModelClass, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """An exposure in runs of about four steps, two Gaussian columns, a known error."""
    steps = of.steps
    columns = {
        "x": (np.cumsum(rng.random(steps) < 0.25) + rng.integers(2)) % 2.0,
        "z": rng.standard_normal(steps),
        "e": rng.uniform(0.1, 0.6, steps),
    }
    for name in of.unknown_inputs:
        columns[name][1:][rng.random(steps - 1) < UNKNOWN] = np.nan
    return columns


def _stationary_draw(prior: LogPosterior, rng: np.random.Generator) -> tuple[Float[np.ndarray, "parameter 1"], int]:
    """The prior restricted to what the posterior holds possible.

    Raises:
        RuntimeError: the prior hardly ever is.
    """
    for block in range(BLOCKS):
        theta = prior_draws(prior.priors, rng, BLOCK)
        possible = np.flatnonzero(prior.assembly.stationary(theta))
        if possible.size:
            return prior.unconstrain(theta[:, possible[:1]]), block * BLOCK + int(possible[0])
    raise RuntimeError(f"none of {BLOCK * BLOCKS} prior draws of '{prior.spec.graph}' is stationary")


def _series(
    spec: ModelSpec, prior: LogPosterior, x: Float[np.ndarray, "parameter 1"], rng: np.random.Generator
) -> Float[np.ndarray, "time series"]:
    layout = prior.assembly.layout
    cells, _ = prior.assembly.cells(prior.constrain(x))
    mixture = Mixture(None, _stretch(spec, layout, rng))
    if spec.series:
        return _coded(spec, simulate(layout, cells, mixture, rng).y[..., 0])
    y0 = FIRST_SD * rng.standard_normal(layout.y.shape[1])
    first = _first_state(layout, cells, y0, rng)
    y = simulate(layout, cells, mixture, rng, first=first[:, None]).y[..., 0]
    y[0] = y0
    return y


def _coded(spec: ModelSpec, y: Float[np.ndarray, "time series"]) -> Float[np.ndarray, "time series"]:
    """Of an index behind a code only the sign is recorded, as zero or one."""
    codes = np.array([family_of(series.family, series.options).is_index for series in spec.recorded])
    return np.where(codes, (y > 0).astype(float), y)


def _stretch(spec: ModelSpec, layout: Layout, rng: np.random.Generator) -> Float[np.ndarray, "time series 1"]:
    """Factors of the measurement variance: `df / chi2_df` where a series is Student-t."""
    out = np.ones((*layout.y.shape, 1))
    for i, series in enumerate(spec.recorded):
        family = family_of(series.family, series.options)
        if family.name == "student_t":
            df = 2.0 * family.spread / (family.spread - 1.0)  # spread = df / (df - 2)
            out[:, i, 0] = df / rng.chisquare(df, len(out))
    return out


def _first_state(
    layout: Layout, cells: Cells, y0: Float[np.ndarray, " series"], rng: np.random.Generator
) -> Float[np.ndarray, " state"]:
    """A draw of `s_0 | y_0`: `s + P H'(H P H' + R)^+ (y_0 - D x_0 - H s - v)` with `s`, `v` from their prior."""
    n = layout.m0.size
    wide = Cells(*(np.repeat(part, n, axis=-1) for part in cells))
    at_first = layout._replace(x=layout.x[:1], z=layout.z[:1], y=layout.y[:1], known=None)
    H = signal_of(at_first, wide, np.eye(n)[None])[0]
    R = variances(layout, cells, Mixture())[0, :, 0]
    s = layout.m0 + np.sqrt(np.diag(layout.P0)) * rng.standard_normal(n)
    v = np.sqrt(R) * rng.standard_normal(R.size)
    missed = y0 - mean_of(at_first, cells)[0, :, 0] - H @ s - v
    return s + layout.P0 @ H.T @ np.linalg.pinv(H @ layout.P0 @ H.T + np.diag(R)) @ missed
