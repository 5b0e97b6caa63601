"""A posterior kept up to date when rows are appended: reweighted while that is sound, sampled again when it is not."""

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Float

from ssm_core.checks.convergence import ess_bulk, ess_tail, rhat
from ssm_core.inference.approximation.marginal import NotMarginalError, require_marginal
from ssm_core.inference.approximation.psis import Weights, resampled, smoothed
from ssm_core.inference.density import LogPosterior
from ssm_core.inference.draws import Draws
from ssm_core.inference.evidence import positions, standardised
from ssm_core.inference.sample import Warm, sample
from ssm_core.inference.settings import Settings

CHAINS, BLOCK = 8, 75
"""Most chains of a warm refit, and draws between two looks at convergence: R-hat falls with the draws per chain."""
ENOUGH = 8
"""Weights are good enough to start chains from when they are worth this many draws a chain."""

Chains = Float[np.ndarray, "chain draw"]


class Rule(NamedTuple):
    """While reweighting is sound.

    Attributes:
        khat: largest k-hat (lower with few draws, see `psis.highest_khat`).
        share: smallest effective size of the weights, as a share of the draws.
    """

    khat: float = 0.7
    share: float = 0.5


RULE = Rule()


class Base(NamedTuple):
    """A sampled posterior that later ones are reached from.

    Attributes:
        target: the posterior that was sampled.
        draws, warm: what the sampler returned.
        x: draws on the unconstrained scale.
        log_likelihood: of every draw; None for models with auxiliary variables, which are never reweighted.
    """

    target: LogPosterior
    draws: Draws
    warm: Warm
    x: Float[np.ndarray, "chain draw parameter"]
    log_likelihood: Chains | None


class Updated(NamedTuple):
    """The posterior after an update.

    Attributes:
        how, why: what was done, and the figures that decided it.
        base: what the next update starts from; the old one while weights last.
        weights: of the draws of `base`, chain after chain; equal after a refit.
        gradients: evaluations of the gradient that it took; reweighting takes none.
    """

    how: Literal["reweighted", "refitted warm", "refitted in full"]
    why: str
    base: Base
    weights: Weights
    gradients: int

    def equally_weighted(self, rng: np.random.Generator) -> Draws:
        """As many draws as the base has, resampled by weight; after a refit they are the base's own."""
        draws = self.base.draws
        if self.how != "reweighted":
            return draws
        count = draws.theta.shape[0] * draws.theta.shape[1]
        return _picked(draws, rng.permutation(resampled(self.weights, rng, count)))


class OtherModelError(ValueError):
    """The posterior after is not one of the same parameters on the same scale."""


def base_of(target: LogPosterior, draws: Draws, warm: Warm) -> Base:
    """What `sample` returned, ready for updates; costs one value of the likelihood per draw."""
    x = positions(target, draws)
    return Base(target, draws, warm, x, _log_likelihood(target, x) if _has_marginal(target) else None)


def reweighted(base: Base, after: LogPosterior) -> Weights | None:
    """Weights `p(y_after | x) / p(y_before | x)` of the base's draws; None when all of them are impossible after.

    The priors are the same and cancel. One pass of the likelihood over the draws. Rows may also have been corrected,
    and the standardisation may be another one: the parameters are compared in the units of the data.
    Sources: Chopin (2002), section 3; Vehtari et al. (2024).

    Raises:
        OtherModelError: the spec differs.
        NotMarginalError: the model has auxiliary variables.
    """
    _require_same_model(base.target, after)
    require_marginal(after, "reweighting")
    if base.log_likelihood is None:
        raise OtherModelError(f"the draws of '{after.spec.graph}' came without their likelihoods; use `base_of`")
    return _weights(_log_likelihood(after, positions(after, base.draws)) - base.log_likelihood)


def likelihoods(target: LogPosterior, draws: Draws) -> Chains | None:
    """Log-likelihood of every draw; None for models with auxiliary variables, which are never reweighted."""
    return _log_likelihood(target, positions(target, draws)) if _has_marginal(target) else None


def judged(
    draws: Draws, log_likelihood: Chains | None, after: LogPosterior, rule: Rule = RULE
) -> tuple[Draws | None, str]:
    """Draws resampled to those of `after`, and the figures that decided; None where that is not sound.

    Equal in law to a refit: the weights are those of `reweighted`. Resampled draws keep their order, so that copies
    lie side by side in their chain and count as the dependent draws they are in every effective number.

    Args:
        draws: from the posterior of fewer rows.
        log_likelihood: theirs under those rows (`likelihoods`).
        after: the posterior of the same spec with more rows.
        rule: while reweighting is sound.
    """
    if log_likelihood is None:
        return None, "a model with auxiliary variables is not reweighted"
    weights = _weights(_log_likelihood(after, positions(after, draws)) - log_likelihood)
    if weights is None:
        return None, "no draw is possible any more"
    told = f"k-hat {weights.khat:.2f}, weights worth {weights.ess / weights.log.size:.0%} of the draws"
    if not _within(weights, rule):
        return None, told
    return _picked(draws, resampled(weights, np.random.default_rng([0, weights.log.size]), weights.log.size)), told


def _picked(draws: Draws, chosen: np.ndarray) -> Draws:
    """The draws at these places, counted chain after chain; as many as there were."""
    chains, length, p = draws.theta.shape
    flat = {
        name: getattr(draws, name).reshape(-1)[chosen].reshape(chains, length)
        for name in ("diverging", "energy", "steps")
    }
    return draws._replace(theta=draws.theta.reshape(-1, p)[chosen].reshape(chains, length, p), **flat)


def _weights(log_ratio: Chains) -> Weights | None:
    possible = np.isfinite(log_ratio)
    if not possible.any():
        return None
    ranked = np.where(possible, log_ratio, log_ratio[possible].min())
    effective = float(ess_bulk(ranked[..., None])[0]) if np.ptp(ranked) > 0 else float(ranked.size)
    return smoothed(log_ratio.ravel(), min(effective / ranked.size, 1.0))


def updated(
    base: Base, after: LogPosterior, settings: Settings, tell: Callable[[str], None], rule: Rule = RULE
) -> Updated:
    """The posterior after, by the cheapest way that is sound.

    1. Reweight the base's draws: k-hat and the effective share of the weights within `rule`.
    2. Otherwise, while the weights are worth some draws a chain, sample on: chains start from draws picked by weight,
       with metric, step size and modes as they were. Modes that only the new rows make are not looked for.
    3. Otherwise, or when that has not converged, sample as if nothing was known: where the posterior has moved away,
       a metric that fitted it before costs more than it saves.

    Keep the standardisation of the base (a `Design` made with the same `Standard`): then metric and step still fit.

    Raises:
        OtherModelError: the spec differs.
        NoModeError: no parameter vector is possible after.
    """
    _require_same_model(base.target, after)
    before = after.evaluations
    weights, why = _tried(base, after)
    if weights is not None and _within(weights, rule):
        return Updated("reweighted", why, base, weights, 0)
    if base.log_likelihood is None or (weights is not None and _starts_well(weights, settings.chains)):
        tell(f"{after.spec.graph}: {why}; sampling on")
        fresh = base_of(after, *sample(after, _short(weights, settings), tell, _start(base, after, weights, settings)))
        shortfall = _shortfall(fresh, settings)
        if shortfall is None:
            return Updated("refitted warm", why, fresh, _equal(fresh), after.evaluations - before)
        why = f"{why}; sampled on, but {shortfall}"
    tell(f"{after.spec.graph}: {why}; sampling from scratch")
    fresh = base_of(after, *sample(after, settings, tell))
    return Updated("refitted in full", why, fresh, _equal(fresh), after.evaluations - before)


def _tried(base: Base, after: LogPosterior) -> tuple[Weights | None, str]:
    """Weights if there are any, and a word on them."""
    if base.log_likelihood is None:
        return None, "a model with auxiliary variables is not reweighted"
    weights = reweighted(base, after)
    if weights is None:
        return None, "no draw is possible any more"
    return weights, f"k-hat {weights.khat:.2f}, weights worth {weights.ess / weights.log.size:.0%} of the draws"


def _within(weights: Weights, rule: Rule) -> bool:
    return weights.reliable and weights.khat <= rule.khat and weights.ess >= rule.share * weights.log.size


def _start(base: Base, after: LogPosterior, weights: Weights | None, settings: Settings) -> Warm:
    """Positions on the scale of `after`: picked by weight, or where the chains stood when there are no weights."""
    warm = base.warm
    if weights is None:
        return warm._replace(x=after.unconstrain(standardised(after, base.target.natural(warm.x))))
    flat = positions(after, base.draws).reshape(-1, after.dimension)
    rng, chains = np.random.default_rng([settings.seed, 1]), min(settings.chains, CHAINS)
    return warm._replace(x=flat[resampled(weights, rng, chains)].T.copy())


def _short(weights: Weights | None, settings: Settings) -> Settings:
    """Few chains and no warm-up when they start from the posterior itself."""
    if weights is None:
        return settings
    return settings._replace(chains=min(settings.chains, CHAINS), draws=min(settings.draws, BLOCK), warmup=())


def _starts_well(weights: Weights, chains: int) -> bool:
    return weights.khat < 1.0 and weights.ess >= ENOUGH * chains


def _shortfall(fresh: Base, settings: Settings) -> str | None:
    """What a sample lacks, None when it has converged (and so stopped before the most that were allowed)."""
    if fresh.x.shape[1] < settings.most:
        return None
    worst = float(rhat(fresh.x).max())
    smallest = float(np.minimum(ess_bulk(fresh.x), ess_tail(fresh.x)).min())
    if worst <= settings.rhat and smallest >= settings.ess:
        return None
    return f"the largest R-hat is {worst:.3f} and the smallest effective number {smallest:.0f}"


def _equal(base: Base) -> Weights:
    return smoothed(np.zeros(base.x.shape[0] * base.x.shape[1]))


def _has_marginal(target: LogPosterior) -> bool:
    try:
        require_marginal(target, "reweighting")
    except NotMarginalError:
        return False
    return True


def _log_likelihood(target: LogPosterior, x: Float[np.ndarray, "chain draw parameter"]) -> Chains:
    return target.log_likelihood(x.reshape(-1, x.shape[2]).T).reshape(x.shape[:2])


def _require_same_model(before: LogPosterior, after: LogPosterior) -> None:
    if before.spec != after.spec:
        raise OtherModelError(f"expected the model '{before.spec.graph}' with more rows, got another spec")
