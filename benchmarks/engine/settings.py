"""What is run, frozen before the runs that count: methods, sizes, seeds, lengths of chains."""

from typing import Literal, NamedTuple

Job = Literal["gradient", "posterior", "build", "second", "long", "screen", "row", "stage"]


class Chains(NamedTuple):
    """Lengths of a peer's run, per chain."""

    chains: int
    warmup: int
    draws: int
    cores: int = 2


class Method(NamedTuple):
    """One line of the table.

    Attributes:
        module: what `python -m` runs.
        environment: `ours`, or the one made for the `peers`.
        jobs: what it offers; `long` is `posterior` at `LONG` rows.
        datasets: on how many data sets its posterior is drawn.
        seeds: with how many sampler seeds each.
        latents: sizes that it can do.
        batches: evaluates chains together, so that one chain alone is another figure.
        keeps: caches that a posterior may find filled by `build`; what is compiled there is not counted.
        quick: also part of `make bench-engine-quick`.
        limit: the yardstick of the compiled kernel, neither ours nor a peer.
        remark: what a reader of the table must know.
    """

    module: str
    environment: Literal["ours", "peers"]
    jobs: tuple[Job, ...] = ("gradient", "posterior")
    datasets: int = 5
    seeds: int = 3
    latents: tuple[int, ...] = (2, 4, 8)
    batches: bool = False
    keeps: tuple[str, ...] = ()
    quick: bool = False
    limit: bool = False
    remark: str = ""


T, N, CHAINS, LONG = 365, 4, 16, 10_000
GRADIENTS = ((T, N, CHAINS), (T, N, 1), (T, 2, CHAINS), (T, 8, CHAINS), (LONG, N, 1))
"""(rows, latents, chains at once) at which gradients are timed; the first is the reference problem."""
GRADIENT_ROUNDS = 3
DATASETS, SEEDS = 5, 3
ESS_WANTED, RHAT_WANTED = 1000.0, 1.01
LIMIT_S = 3.0 * 3600
"""Wall seconds after which a job is given up."""

NUTPIE = Chains(chains=4, warmup=400, draws=1000)
STAN = Chains(chains=4, warmup=1000, draws=1000)
STATES = Chains(chains=4, warmup=1000, draws=2000)
BLACKJAX = Chains(chains=4, warmup=500, draws=500)

PEERS = "benchmarks.engine.peers"
OURS: tuple[Job, ...] = ("build", "gradient", "posterior", "second", "long", "screen", "row", "stage")
METHODS: dict[str, Method] = {
    "causal-ssm, compiled kernel": Method(
        "benchmarks.engine.ours.native",
        "ours",
        OURS,
        batches=True,
        keeps=("causal-ssm",),
        quick=True,
        remark="building the kernel once at set-up is not counted",
    ),
    "causal-ssm, JAX kernel": Method(
        "benchmarks.engine.ours.jax_kernel", "ours", ("gradient", "posterior", "second"), batches=True, quick=True
    ),
    "C++ for this structure only": Method(
        "benchmarks.engine.limit",
        "ours",
        ("build", "gradient"),
        latents=(4,),
        batches=True,
        keeps=("causal-ssm",),
        limit=True,
        remark="a yardstick: no priors, no generality",
    ),
    "pymc-extras + nutpie": Method(f"{PEERS}.pymc_nutpie", "peers", ("build", "gradient", "posterior"), seeds=1),
    "pymc-extras + nutpie, compiled before": Method(
        f"{PEERS}.pymc_nutpie",
        "peers",
        ("posterior",),
        datasets=2,
        seeds=1,
        keeps=("pytensor", "numba"),
        remark="what Numba can keep on disk is not counted",
    ),
    "pystan": Method(
        f"{PEERS}.stan_nuts",
        "peers",
        ("build", "gradient", "posterior"),
        datasets=2,
        seeds=1,
        keeps=("httpstan",),
        remark="building the program is not counted",
    ),
    "dynamax": Method(f"{PEERS}.dynamax_filter", "peers", ("gradient",), batches=True, quick=True),
    "cuthbert": Method(f"{PEERS}.cuthbert_filter", "peers", ("gradient",), batches=True, quick=True),
    "statsmodels": Method(f"{PEERS}.statsmodels_score", "peers", ("gradient",), remark="score by complex steps"),
    "numpyro, explicit states": Method(
        f"{PEERS}.numpyro_states", "peers", ("posterior",), datasets=2, seeds=1, remark="samples every latent day"
    ),
    "blackjax NUTS on dynamax": Method(f"{PEERS}.blackjax_nuts", "peers", ("posterior",), datasets=1, seeds=1),
}
