"""What the JAX peers share: matrices and log prior of unconstrained parameters, value and gradient over chains."""

from collections.abc import Callable
from math import log
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.stats import norm

from benchmarks.engine.job import Gradient
from benchmarks.engine.problem import LOG_BETA_3_2, OFF_SPREAD, SCALE_LOCATION, SCALE_SPREAD, Problem, Spec

jax.config.update("jax_enable_x64", True)

Density = Callable[[jax.Array], jax.Array]


class Matrices(NamedTuple):
    """`A (n, n)`, `B (n, k)`, `q (n)`, `C (m, n)`, `d (m)`, `r (m)`."""

    A: jax.Array
    B: jax.Array
    q: jax.Array
    C: jax.Array
    d: jax.Array
    r: jax.Array


def natural(spec: Spec, theta: jax.Array) -> jax.Array:
    """Natural parameters of one unconstrained vector."""
    part = {name: theta[block] for name, block in spec.blocks.items()}
    part |= {"a": jax.nn.sigmoid(part["a"]), "q": jnp.exp(part["q"]), "r": jnp.exp(part["r"])}
    return jnp.concatenate(list(part.values()))


def matrices(spec: Spec, values: jax.Array) -> Matrices:
    """Matrices of natural parameters."""
    part = {name: values[block] for name, block in spec.blocks.items()}

    def filled(matrix: jax.Array, cells: tuple[tuple[int, int], ...], name: str) -> jax.Array:
        rows, columns = zip(*cells, strict=True)
        return matrix.at[jnp.array(rows), jnp.array(columns)].set(part[name])

    A = filled(jnp.diag(part["a"]), spec.off, "off")
    B = filled(jnp.zeros((spec.n, spec.k)), spec.b, "b")
    C = filled(jnp.eye(spec.m, spec.n), spec.lam, "lam")
    return Matrices(A, B, part["q"], C, part["d"], part["r"])


def log_prior(spec: Spec, theta: jax.Array) -> jax.Array:
    """Log prior on the unconstrained scale, Jacobians included."""
    part = {name: theta[block] for name, block in spec.blocks.items()}
    total = (3.0 * jax.nn.log_sigmoid(part["a"]) + 2.0 * jax.nn.log_sigmoid(-part["a"]) - LOG_BETA_3_2).sum()
    total += norm.logpdf(part["off"], 0.0, OFF_SPREAD).sum()
    total += sum(norm.logpdf(part[name]).sum() for name in ("b", "lam", "d"))
    return total + sum(norm.logpdf(part[name], SCALE_LOCATION, SCALE_SPREAD).sum() for name in ("q", "r"))


def log_density(problem: Problem, log_likelihood: Callable[[Matrices], jax.Array]) -> Density:
    """Log posterior density of one unconstrained vector."""

    def density(theta: jax.Array) -> jax.Array:
        values = natural(problem.spec, theta)
        return log_likelihood(matrices(problem.spec, values)) + log_prior(problem.spec, theta)

    return density


def over_chains(density: Density, how: str) -> Gradient:
    """Jitted value and gradient, chains in one `vmap`."""
    batched = jax.jit(jax.vmap(jax.value_and_grad(density)))

    def evaluate(theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        value, gradient = batched(theta)
        return np.asarray(value), np.asarray(gradient)

    return Gradient(evaluate, how)


MISSING_CONSTANT = 0.5 * log(2.0 * np.pi)
