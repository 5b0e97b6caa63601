"""A move along the scale of an index of which only the sign is seen: index and coefficients grow or shrink together."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from ssm_core.inference.density import LogPosterior, Points
from ssm_core.model.cells import Mixture
from ssm_core.observations.registry import family_of

STEP = 2.4
"""Of a random walk in one dimension, in standard deviations of the target (Gelman, Roberts & Gilks 1996)."""


class IndexScale(NamedTuple):
    """One index: its series, the parameters that are proportional to it, and on how many steps its sign is seen."""

    series: int
    members: Int[np.ndarray, " parameter"]
    seen: int


def index_scales(target: LogPosterior) -> tuple[IndexScale, ...]:
    """The indices of a model. Parameters on the rows of an index scale with it, its own memory does not."""
    spec, out = target.spec, []
    entries = (*spec.parameters, *spec.constants)
    for i, series in enumerate(spec.recorded):
        if not family_of(series.family, series.options).is_index:
            continue
        loads = {e.column for e in entries if e.matrix == "loading" and e.row == series.name}
        others = {e.column for e in entries if e.matrix == "loading" and e.row != series.name}
        rows = {series.name, *(loads - others)}
        members = [k for k, p in enumerate(spec.parameters)
                   if p.row in rows and p.column != p.row and p.matrix != "measurement_sd"]  # fmt: skip
        seen = int(np.count_nonzero(~np.isnan(target.assembly.layout.y[:, i])))
        if members and seen:
            out.append(IndexScale(i, np.array(members), seen))
    return tuple(out)


def rescaled(
    target: LogPosterior, x: Points, mixture: Mixture, scales: tuple[IndexScale, ...], rng: np.random.Generator
) -> tuple[Points, Mixture]:
    """One Metropolis step per index and chain along `(z, theta_S) -> (g z, g theta_S)`, `log g ~ N(0, s^2)`.

    Accepted with probability `pi(g z, g theta_S) g^(n + |S|) / pi(z, theta_S)`, `n` the steps whose sign is seen.
    The Gibbs step alone mixes the slower the less the data say about the scale (its step is that of a known index).
    `s` is that of the target when noise dominates: `1 / sqrt(2 n)`.

    Source: Liu & Wu (1999), parameter expansion for data augmentation; Liu & Sabatti (2000), group moves.
    """
    for scale in scales:
        log_g = STEP / np.sqrt(2.0 * scale.seen) * rng.standard_normal(x.shape[1])
        theta, slope = target.constrain(x), target.slope(x)
        theta[scale.members] *= np.exp(log_g)
        with np.errstate(all="ignore"):
            there = target.unconstrain(theta)
        possible = np.isfinite(there).all(axis=0)
        there = np.where(possible, there, x)
        assert mixture.y is not None, "an index is drawn before it is rescaled"
        y = np.array(mixture.y)
        y[:, scale.series] *= np.exp(log_g)
        moved = Mixture(y, mixture.stretch)
        jacobian = (np.log(np.abs(slope)) - np.log(np.abs(target.slope(there))))[scale.members].sum(axis=0)
        ratio = target.value(there, moved) - target.value(x, mixture) + jacobian
        ratio += (scale.seen + scale.members.size) * log_g
        accepted = possible & (np.log(rng.random(x.shape[1])) < ratio)
        x = np.where(accepted, there, x)
        mixture = Mixture(np.where(accepted, y, mixture.y), mixture.stretch)
    return x, mixture
