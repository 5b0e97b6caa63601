"""The fast sampler: modes, their curvature as metric, then short Hamiltonian trajectories of chains in lock step."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ssm_core.checks.convergence import ess_bulk, ess_tail, rhat
from ssm_core.inference.augmentation import Augmentation, augmentation_of
from ssm_core.inference.density import LogPosterior, Points
from ssm_core.inference.draws import Draws, ModeReport
from ssm_core.inference.hmc import Metric, Move, Position, StepSize, metric_of, transition
from ssm_core.inference.jumps import jump
from ssm_core.inference.modes import Mode, find_modes, starting_points
from ssm_core.inference.settings import Settings

JUMP_EVERY = 5
"""Transitions between two proposals to jump from mode to mode, when there is more than one."""
LONG = 8
"""Share (one over it) by which a long run grows before it is looked at again."""


class Warm(NamedTuple):
    """What a later run of nearly the same posterior can start from.

    Attributes:
        x: last position of every chain.
        metric: learnt metric.
        step: settled step size.
        modes: modes found.
    """

    x: Points
    metric: Metric
    step: float
    modes: tuple[Mode, ...]


def sample(
    target: LogPosterior, settings: Settings, tell: Callable[[str], None], warm: Warm | None = None
) -> tuple[Draws, Warm]:
    """Draw until every parameter has converged, or `settings.most` draws per chain were made.

    Modes are sought from many starts; chains begin at draws from the Gaussians that touch them, in proportion to their
    mass. With several modes every fifth transition proposes a jump between them, so that the weights of the modes are
    sampled, not assumed. The metric is learnt in windows, then frozen; draws count from then on.
    With `warm`, the search and all windows but the last are left out.

    Raises:
        NoModeError: no parameter vector that was tried is possible.
    """
    rng = np.random.default_rng(settings.seed)
    gibbs = augmentation_of(target, settings.chains, rng)
    if warm is None:
        modes = find_modes(target, starting_points(target, rng, settings.starts), gibbs.wide(settings.starts))
        tell(_found(target, modes))
        metric = metric_of(modes[0].x, modes[0].covariance)
        x, step, windows = _first_positions(target, modes, settings, rng, gibbs), 0.5, settings.warmup
    else:
        x, metric, step, modes = warm.x, warm.metric, warm.step, list(warm.modes)
        windows = settings.warmup[-1:]
    chains = _Chains(target, gibbs, rng, settings, metric, modes, x)
    for index, length in enumerate(windows):
        step = chains.learn(step, length, last=index == len(windows) - 1)
    tell(f"{target.spec.graph}: warm-up done, step {step:.2g}, {target.evaluations} gradients so far")
    chains.sample(step, tell)
    return chains.drawn(), Warm(chains.now.x, chains.metric, step, tuple(modes))


def _found(target: LogPosterior, modes: list[Mode]) -> str:
    if len(modes) == 1:
        return f"{target.spec.graph}: one mode found from {modes[0].starts} starts"
    shares = ", ".join(f"{report.share:.3g}" for report in mode_reports(modes))
    return f"{target.spec.graph}: {len(modes)} modes found, shares of the mass {shares}"


def mode_reports(modes: list[Mode]) -> tuple[ModeReport, ...]:
    """Shares of the mass by Laplace's approximation."""
    logs = np.array([mode.log_mass for mode in modes])
    shares = np.exp(logs - logs.max())
    return tuple(ModeReport(float(share), mode.value, mode.starts)
                 for share, mode in zip(shares / shares.sum(), modes, strict=True))  # fmt: skip


def _first_positions(
    target: LogPosterior, modes: list[Mode], settings: Settings, rng: np.random.Generator, gibbs: Augmentation
) -> Points:
    """Draws from the Gaussians at the modes; a draw that is impossible is pulled towards its mode until it is not."""
    shares = np.array([report.share for report in mode_reports(modes)])
    edges = (np.arange(settings.chains) + 0.5) / settings.chains
    of = np.searchsorted(np.cumsum(shares), edges * shares.sum()).clip(max=len(modes) - 1)
    centre = np.stack([modes[i].x for i in of], axis=1)
    factors = [np.linalg.cholesky(mode.covariance) for mode in modes]
    away = np.stack([factors[i] @ rng.standard_normal(target.dimension) for i in of], axis=1)
    for _ in range(30):
        possible = np.isfinite(target.value(centre + away, gibbs.mixture))
        if possible.all():
            break
        away = np.where(possible, away, away / 2)
    return centre + away


class _Chains:
    """All chains, side by side, and what was drawn."""

    def __init__(
        self, target: LogPosterior, gibbs: Augmentation, rng: np.random.Generator, settings: Settings,
        metric: Metric, modes: list[Mode], x: Points,
    ) -> None:  # fmt: skip
        self._target, self._gibbs, self._rng, self._settings = target, gibbs, rng, settings
        self.metric, self._modes = metric, modes
        self.now = Position(x, *self._evaluate(x))
        self._moves: list[Move] = []
        self._count = 0
        self._strict = np.ones(target.dimension, dtype=bool)
        self._strict[gibbs.nuisance] = False

    def _evaluate(self, x: Points) -> tuple[Float[np.ndarray, " chain"], Points]:
        at = self._target(x, self._gibbs.mixture)
        return at.value, at.gradient

    def _transition(self, step: float) -> Move:
        self._count += 1
        moved = self._gibbs.draw(self.now.x)
        if moved is not None:  # the auxiliary variables moved: the density is another one now
            self.now = Position(moved, *self._evaluate(moved))
        if len(self._modes) > 1 and self._count % JUMP_EVERY == 0:
            self.now = jump(self._evaluate, self.now, self._modes, self._rng)
        length = self._rng.uniform(*self._settings.length)
        move = transition(self._evaluate, self.now, self.metric, step, length, self._rng)
        self.now = move.position
        return move

    def learn(self, first: float, length: int, *, last: bool) -> float:
        """One window of warm-up: the step size settles, the metric is learnt from the second half of its draws."""
        step = StepSize(first, self._settings.target_accept)
        kept = []
        for index in range(length):
            move = self._transition(step.now)
            step.learn(float(move.accepted.mean()))
            if index >= length // 3:
                kept.append(self.now.x)
        if not last:
            self._learn_metric(np.stack(kept))
        return step.settled

    def _learn_metric(self, kept: Float[np.ndarray, "draw parameter chain"]) -> None:
        """Covariance of the window, shrunk towards the metric so far as if that had been seen in `p` draws."""
        draws, p, chains = kept.shape
        centre = kept.mean(axis=(0, 2))
        # chains in different modes must not look like one wide posterior
        middle = kept.mean(axis=0, keepdims=True) if len(self._modes) > 1 else centre[None, :, None]
        away = (kept - middle).transpose(1, 0, 2).reshape(p, -1)
        seen = draws * chains / 4  # neighbouring draws resemble each other
        before = self.metric.factor @ self.metric.factor.T
        covariance = (seen * (away @ away.T) / away.shape[1] + p * before) / (seen + p)
        self.metric = metric_of(centre, covariance)

    def sample(self, step: float, tell: Callable[[str], None]) -> None:
        """Draw in blocks until converged (what belongs to an index behind a code, loosely so: `settings.loose`)."""
        settings, name = self._settings, self._target.spec.graph
        while len(self._moves) < settings.most:
            block = max(settings.draws, len(self._moves) // LONG)  # a look costs as much as what it looks at is long
            for _ in range(min(block, settings.most - len(self._moves))):
                self._moves.append(self._transition(step))
            theta = self._theta()
            excess = rhat(theta) - 1.0
            worst = 1.0 + float(excess[self._strict].max())
            text = f"{name}: {len(self._moves)} draws in each of {settings.chains} chains, largest R-hat {worst:.3f}"
            if worst > settings.rhat or excess.max() > settings.loose * (settings.rhat - 1.0):
                tell(text)
                continue
            sizes = np.minimum(ess_bulk(theta), ess_tail(theta))
            smallest = float(sizes[self._strict].min())
            tell(f"{text}, smallest effective number {smallest:.0f}")
            if smallest >= settings.ess and sizes.min() >= settings.ess / settings.loose:
                break

    def _theta(self) -> Float[np.ndarray, "chain draw parameter"]:
        """Unconstrained draws: ranks, and so what is asked of them, are the same on any scale."""
        return np.stack([move.position.x for move in self._moves]).transpose(2, 0, 1)

    def _energy(self) -> Float[np.ndarray, "chain draw"]:
        kept = np.stack([move.energy for move in self._moves], axis=1)
        return np.full_like(kept, np.nan) if self._gibbs.some else kept

    def drawn(self) -> Draws:
        """All draws in the units of the data."""
        chains, draws = self._settings.chains, len(self._moves)
        x = self._theta()
        theta = self._target.natural(x.reshape(chains * draws, -1).T).T.reshape(x.shape)
        return Draws(
            theta=theta,
            diverging=np.stack([move.diverged for move in self._moves], axis=1),
            energy=self._energy(),
            steps=np.tile([move.steps for move in self._moves], (chains, 1)),
            sampler="fast",
            kernel=self._target.kernel_name,
            modes=mode_reports(self._modes),
        )
