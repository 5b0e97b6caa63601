"""How the fast sampler runs; the defaults are what the benchmarks were run with."""

from typing import NamedTuple


class Settings(NamedTuple):
    """Settings of `ssm_core.inference.sample`.

    Attributes:
        seed: the same seed gives the same draws.
        chains: chains in lock step.
        starts: climbs in search of modes.
        warmup: windows of transitions; the metric is learnt anew after each but the last.
        draws: transitions per chain between two looks at convergence.
        most: most draws per chain.
        ess, rhat: what every parameter must reach before sampling stops (bulk and tail).
        loose: factor by which `ess` and the excess of `rhat` over one are relaxed for what only says how the index
            behind a code comes about: it mixes by a Gibbs step, and nothing that is reported depends on it directly.
        target_accept: mean acceptance that the step size aims at.
        length: shortest and longest trajectory, in units of the metric (a quarter turn of a round target is pi/2).
    """

    seed: int = 20260101
    chains: int = 16
    starts: int = 16
    warmup: tuple[int, ...] = (40, 60, 80)
    draws: int = 100
    most: int = 4000
    ess: float = 1000.0
    rhat: float = 1.01
    loose: float = 10.0
    target_accept: float = 0.9
    length: tuple[float, float] = (0.8, 2.4)
