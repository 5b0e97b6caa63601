"""`python -m benchmarks.density`: the log posterior in one compiled call beside products of matrices, one table."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time

import numpy as np

from benchmarks.simulations.scenarios import SCENARIOS
from benchmarks.simulations.study import frozen, panel_of, params_of
from ssm_core.inference.density import LogPosterior
from tasks.fitting.record import prepared

PAGE = Path(__file__).parents[2] / "docs" / "density.md"
NAMES = ("randomised", "missing", "front door", "proxy parent", "late hidden cause")
STEPS, CHAINS, SPREAD = 180, 16, 0.3
INTRODUCTION = f"""# The log posterior in one compiled call

Written by `python -m benchmarks.density`. Every cell of a model in discrete time is a polynomial of its parameters;
it is expanded once and evaluated together with priors, filter and all derivatives in one compiled call. Beside it the
same cells by products of small matrices in NumPy around the same compiled filter, which is what runs where the
expansion is too long. Value and gradient of {CHAINS} chains, {STEPS} steps, CPU time, medians of blocks that take
turns; the two agree to the relative difference given.

| scenario | parameters | monomials | one call, ms | products, ms | ratio | difference |
|---|---|---|---|---|---|---|
"""


def row(name: str, blocks: int) -> str:
    """Both ways of one scenario's main model."""
    scenario, rng = SCENARIOS[name], np.random.default_rng(1)
    panel, params = panel_of(scenario.world(rng, STEPS, 0.3)), params_of(scenario, 1)
    spec = next(spec for spec in frozen(params, panel).specs if spec.treatment in spec.inputs)
    ready = prepared(spec, panel)
    call, products = (LogPosterior(spec, ready.scale, ready.design, "native") for _ in range(2))
    products.assembly = products.assembly._replace(general=True)
    x = SPREAD * rng.normal(size=(call.dimension, CHAINS))
    apart = np.abs(call(x).gradient - products(x).gradient).max() / np.abs(call(x).gradient).max()
    times = np.array([[_cpu(lambda of=of: of(x)) for of in (call, products)] for _ in range(blocks)])
    one, two = 1e3 * np.median(times, axis=0)
    terms = call.assembly.polynomials.cell.size
    return f"| {name} | {call.dimension} | {terms} | {one:.3f} | {two:.3f} | {two / one:.1f} | {apart:.0e} |"


def _cpu(evaluate: Callable[[], object], calls: int = 50) -> float:
    began = process_time()
    for _ in range(calls):
        evaluate()
    return (process_time() - began) / calls


def main() -> None:
    """All scenarios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--blocks", type=int, default=20, help="blocks of 50 calls, the two taking turns")
    blocks = parser.parse_args().blocks
    page = INTRODUCTION + "".join(f"{row(name, blocks)}\n" for name in NAMES)
    PAGE.write_text(page)
    sys.stdout.write(page)


if __name__ == "__main__":
    main()
