"""Has the sampler converged, for each quantity that is reported? Vectorised over quantities, without SciPy."""

from functools import lru_cache
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

TAIL = (0.05, 0.95)
SHORT = 200
"""Draws a chain up to which all products cost less than a Fourier transform; with many chains there are few."""
Chains = Float[np.ndarray, "chain draw *quantity"]


class Convergence(NamedTuple):
    """Figures of one scalar quantity over chains and draws.

    Source: Vehtari et al. (2021), rank-normalised split R-hat, bulk and tail effective sample size.
    """

    rhat: float
    ess_bulk: float
    ess_tail: float
    mcse: float


def convergence_of(draws: Float[np.ndarray, "chain draw"]) -> Convergence:
    """R-hat, effective sample sizes and Monte Carlo standard error of the mean; a constant has converged."""
    return convergences_of(draws[..., None])[0]


def convergences_of(draws: Float[np.ndarray, "chain draw quantity"]) -> list[Convergence]:
    """The same for many quantities at once; a quantity that is not finite everywhere has not converged."""
    constant = np.ptp(draws, axis=(0, 1)) == 0.0
    usable = np.isfinite(draws).all(axis=(0, 1)) & ~constant
    out = np.full((4, draws.shape[2]), np.nan)
    kept = draws[..., usable]
    if kept.shape[2]:
        split = _split(kept)
        scores = _normal_scores(split)
        out[:, usable] = _rank_rhat(split, scores), _ess(scores), ess_tail(kept), mcse_mean(kept)
    out[:, constant] = np.array([1.0, draws[..., 0].size, draws[..., 0].size, 0.0])[:, None]
    out[0, ~usable & ~constant], out[1:3, ~usable & ~constant] = np.inf, 0.0
    return [Convergence(*map(float, column)) for column in out.T]


def rhat(draws: Float[np.ndarray, "chain draw quantity"]) -> Float[np.ndarray, " quantity"]:
    """The larger of the rank-normalised split R-hat of the draws and of their distance from the median."""
    split = _split(draws)
    return _rank_rhat(split, _normal_scores(split))


def ess_bulk(draws: Float[np.ndarray, "chain draw quantity"]) -> Float[np.ndarray, " quantity"]:
    """Effective sample size of the rank-normalised draws."""
    return _ess(_normal_scores(_split(draws)))


def ess_tail(draws: Float[np.ndarray, "chain draw quantity"]) -> Float[np.ndarray, " quantity"]:
    """The smaller effective sample size of the indicators of the 5 % and 95 % quantiles."""
    cuts = np.quantile(draws, TAIL, axis=(0, 1))
    return np.minimum(*(_ess(_split((draws <= cut).astype(float))) for cut in cuts))


def mcse_mean(draws: Float[np.ndarray, "chain draw quantity"]) -> Float[np.ndarray, " quantity"]:
    """Monte Carlo standard error of the mean: sd over the root of the effective sample size."""
    return draws.std(axis=(0, 1), ddof=1) / np.sqrt(_ess(_split(draws)))


def lowest_bfmi(energy: Float[np.ndarray, "chain draw"]) -> float:
    """Smallest energy Bayesian fraction of missing information over chains; NaN where no energies are kept.

    Source: Betancourt (2016).
    """
    moved = np.square(np.diff(energy, axis=1)).mean(axis=1)
    return float(np.min(moved / np.maximum(energy.var(axis=1, ddof=1), 1e-300)))


def _split(draws: Chains) -> Chains:
    half = draws.shape[1] // 2
    return np.concatenate([draws[:, :half], draws[:, draws.shape[1] - half :]], axis=0)


def _rank_rhat(split: Chains, scores: Chains) -> Float[np.ndarray, " quantity"]:
    folded = np.abs(split - np.median(split, axis=(0, 1), keepdims=True))
    return np.maximum(_plain_rhat(scores), _plain_rhat(_normal_scores(folded)))


def _normal_scores(draws: Chains) -> Chains:
    """Normal quantiles of the (average) ranks of each quantity; Blom's offsets."""
    flat = np.ascontiguousarray(draws.reshape(-1, draws.shape[2]).T)
    order = np.argsort(flat, axis=1)
    scores = np.empty(flat.shape)
    np.put_along_axis(
        scores, order, _scores(flat.shape[1])[_twice_rank(np.take_along_axis(flat, order, axis=1))], axis=1
    )
    return scores.T.reshape(draws.shape)


def _twice_rank(ordered: Float[np.ndarray, "quantity draw"]) -> Int[np.ndarray, "#quantity draw"]:
    """2 r - 2 for the average rank r of each sorted value: equal ones share it."""
    at = np.arange(ordered.shape[1])
    new = ordered[:, 1:] != ordered[:, :-1]
    if new.all():
        return 2 * at[None]
    edge = np.ones((len(ordered), 1), dtype=bool)
    first = np.maximum.accumulate(np.where(np.concatenate([edge, new], axis=1), at, 0), axis=1)
    ends = np.where(np.concatenate([new, edge], axis=1), at, at[-1])
    return first + np.minimum.accumulate(ends[:, ::-1], axis=1)[:, ::-1]


@lru_cache(maxsize=16)
def _scores(size: int) -> Float[np.ndarray, " rank"]:
    """Normal quantile of the ranks 1, 1.5, 2, .., size."""
    normal = NormalDist()
    below = np.array([normal.inv_cdf((1 + i / 2 - 0.375) / (size + 0.25)) for i in range(size - 1)])
    return np.concatenate([below, [0.0], -below[::-1]])


def _plain_rhat(draws: Chains) -> Float[np.ndarray, " quantity"]:
    length = draws.shape[1]
    within = draws.var(axis=1, ddof=1).mean(axis=0)
    between = length * draws.mean(axis=1).var(axis=0, ddof=1)
    return np.sqrt((between / within + length - 1) / length)


def _ess(draws: Chains) -> Float[np.ndarray, " quantity"]:
    """Geyer's initial monotone sequence over chains. Source: Vehtari et al. (2021), section 3.2 and eq. 11."""
    chains, length, quantities = draws.shape
    if length < 4:
        return np.full(quantities, np.nan)
    covariance = _autocovariance(draws)
    within = covariance[0] * length / (length - 1)
    plus = within * (length - 1) / length
    if chains > 1:
        plus = plus + draws.mean(axis=1).var(axis=0, ddof=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        rho = 1.0 - (within - covariance) / plus
    rho[0] = 1.0
    size = chains * length
    return np.array([_geyer(rho[:, q], size) if np.isfinite(rho[:, q]).all() else float(size)
                     for q in range(quantities)])  # fmt: skip


def _geyer(rho: Float[np.ndarray, " lag"], size: int) -> float:
    pairs = rho[: len(rho) // 2 * 2].reshape(-1, 2).sum(axis=1)
    negative = np.flatnonzero(pairs[1:] < 0)
    longest = max((len(rho) - 3) // 2, 1)
    last = min(int(negative[0]) + 1, longest) if negative.size else longest
    kept = np.minimum.accumulate(pairs[:last])
    even = max(float(rho[2 * last]), 0.0)
    tau = max(-1.0 + 2.0 * float(kept.sum()) + even, 1.0 / np.log10(size))
    return size / tau


def _autocovariance(draws: Chains) -> Float[np.ndarray, "lag quantity"]:
    """Mean over chains. Short chains by products of all pairs of draws, long ones by their mean power spectrum."""
    chains, length, _ = draws.shape
    centred = np.ascontiguousarray((draws - draws.mean(axis=1, keepdims=True)).transpose(2, 0, 1))
    if length <= SHORT:
        products = centred.transpose(0, 2, 1) @ centred
        sums = np.array([np.trace(products, offset=lag, axis1=1, axis2=2) for lag in range(length)])
        return sums / (chains * length)
    padded = 1 << (2 * length - 1).bit_length()
    spectrum = np.fft.rfft(centred, padded)  # draws lie side by side: several times faster
    power = (np.square(spectrum.real) + np.square(spectrum.imag)).mean(axis=1)
    return np.fft.irfft(power, padded)[:, :length].T / length
