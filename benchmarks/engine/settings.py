"""What is run, frozen before the runs that count: methods, sizes, seeds, lengths of chains."""

from typing import Literal, NamedTuple

Environment = Literal["ours", "peers"]


class Chains(NamedTuple):
    """Lengths of a peer's run, per chain."""

    chains: int
    warmup: int
    draws: int
    cores: int = 2


NUTPIE = Chains(chains=4, warmup=400, draws=1000)
STAN = Chains(chains=4, warmup=1000, draws=1000)
STATES = Chains(chains=4, warmup=1000, draws=2000)
BLACKJAX = Chains(chains=4, warmup=500, draws=500)


class Method(NamedTuple):
    """One line of the table.

    Attributes:
        module: what `python -m` runs.
        environment: this project's own, or the one made for the peers.
        gradient: chains at which gradients are timed; empty when there is none of the marginal density.
        datasets: data sets (of `DATASETS`) whose posterior is drawn; 0 when the method has no sampler of its own.
        seeds: sampler seeds for each of them.
        quick: also part of `make bench-engine-quick`.
        remark: what a reader of the table must know.
    """

    module: str
    environment: Environment
    gradient: tuple[int, ...] = (1, 16)
    datasets: int = 0
    seeds: int = 3
    quick: bool = False
    remark: str = ""


T, N, CHAINS = 365, 4, 16
SIZES = ((365, 4), (365, 2), (365, 8), (10_000, 4))
"""(T, n) at which gradients are timed; the first is the reference problem."""
DATASETS, SEEDS = 5, 3
ESS_WANTED, RHAT_WANTED = 1000.0, 1.01

METHODS: dict[str, Method] = {}
