"""From a vector of parameters to the matrices of the model, and on to the state space."""

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from schemas.spec import Matrix
from ssm_core.kalman.linear_gaussian import LinearGaussian
from ssm_core.model.design import DIFFUSE_SPREADS, Design
from ssm_core.model.structure import Structure


class Matrices(NamedTuple):
    """The structural model, one matrix per term.

    `z_t = instant z_t + sum_k dynamics_k z_{t-k} + sum_k inputs_k u_{t-k} + process_sd w_t`,
    `y_t = mean d_t + z_t + l_t + measurement_sd v_t`, `l_t = l_{t-1} + level_sd e_t`.
    """

    dynamics: Float[Array, "lag state state"]
    instant: Float[Array, "state state"]
    inputs: Float[Array, "lag state input"]
    mean: Float[Array, "state regressor"]
    process_sd: Float[Array, " state"]
    measurement_sd: Float[Array, " state"]
    level_sd: Float[Array, " state"]


def matrices_of(structure: Structure, theta: Float[Array, " parameter"]) -> Matrices:
    """Put every parameter into its cell; every other cell is zero, as the graph says."""
    n, shapes = structure.states, _shapes(structure)

    def filled(matrix: Matrix) -> Float[Array, "..."]:
        empty = jnp.zeros(shapes.get(matrix, (n,)))
        place = structure.places.get(matrix)
        return empty if place is None else empty.at[place.cell].set(theta[place.parameter])

    return Matrices(
        filled("dynamics"), filled("instant"), filled("inputs"), filled("mean"),
        filled("process_sd"), filled("measurement_sd"), filled("level_sd"),
    )  # fmt: skip


def _shapes(structure: Structure) -> dict[Matrix, tuple[int, ...]]:
    n = structure.states
    return {
        "dynamics": (structure.max_lag, n, n),
        "instant": (n, n),
        "inputs": (structure.input_lags, n, structure.inputs),
        "mean": (n, structure.regressors),
    }


def total_within_step(instant: Float[Array, "state state"]) -> Float[Array, "state state"]:
    """`(I - Gamma)^{-1}` of an acyclic `Gamma`, as its finite Neumann series `I + Gamma + Gamma^2 + ...`."""
    n = instant.shape[0]
    power = total = jnp.eye(n)
    for _ in range(n - 1):
        power = (power[:, :, None] * instant[None]).sum(1)
        total = total + power
    return total


def state_space(structure: Structure, matrices: Matrices, design: Design) -> LinearGaussian:
    """The state `(z_t, z_{t-1}, .., z_{t-L+1}, l_t)` of a structural model with lags, inputs and levels.

    `z_0` is diffuse (ten spreads, shared by nothing), levels start at zero: the intercept anchors them.
    """
    n, lags, steps = structure.states, structure.max_lag, len(design.y)
    within = total_within_step(matrices.instant)
    size = n * lags + (n if structure.levels else 0)
    top = jnp.concatenate([_times(within, block) for block in matrices.dynamics], axis=1)
    F = jnp.zeros((size, size)).at[:n, : n * lags].set(top)
    if lags > 1:
        F = F.at[n : n * lags, : n * (lags - 1)].set(jnp.eye(n * (lags - 1)))
    if structure.levels:
        F = F.at[n * lags :, n * lags :].set(jnp.eye(n))
    noise, drift = _noise_and_drift(structure, matrices, design, within)
    Q = jnp.zeros((steps, size, size)).at[:, :n, :n].set(noise)
    P = np.zeros(size)
    P[: n * lags] = DIFFUSE_SPREADS**2
    if structure.levels:
        Q = Q.at[:, n * lags :, n * lags :].set(jnp.diag(matrices.level_sd**2))
    H = jnp.zeros((n, size)).at[:, :n].set(jnp.eye(n))
    if structure.levels:
        H = H.at[:, n * lags :].set(jnp.eye(n))
    return LinearGaussian(
        m=jnp.zeros(size),
        P=jnp.diag(jnp.array(P)),
        Pinf=None,
        F=jnp.broadcast_to(F, (steps, size, size)),
        b=jnp.zeros((steps, size)).at[:, :n].set(drift),
        Q=Q,
        H=H,
        d=(jnp.array(design.regressors)[:, None, :] * matrices.mean[None]).sum(-1),
        R=matrices.measurement_sd**2,
    )


def _times(a: Float[Array, "i j"], b: Float[Array, "j k"]) -> Float[Array, "i k"]:
    return (a[:, :, None] * b[None]).sum(1)


def _noise_and_drift(
    structure: Structure, matrices: Matrices, design: Design, within: Float[Array, "state state"]
) -> tuple[Float[Array, "time state state"], Float[Array, "time state"]]:
    direct = jnp.einsum("tlu,lsu->ts", jnp.array(design.u), matrices.inputs)
    drift = (within[None] * direct[:, None, :]).sum(-1)
    diagonal = jnp.array(design.ignorance) + matrices.process_sd[None, :] ** 2
    noise = (within[None] * diagonal[:, None, :]) @ within.T
    if structure.inputs and np.any(design.u_variance > 0):
        effects = jnp.einsum("ij,lju->liu", within, matrices.inputs)
        noise = noise + jnp.einsum("liu,tlu,lju->tij", effects, jnp.array(design.u_variance), effects)
    return noise, drift


def spectral_radius(matrices: Matrices) -> Float[Array, ""]:
    """Largest modulus of the eigenvalues of the companion matrix; below one the process is stationary."""
    lags, n = matrices.dynamics.shape[:2]
    within = total_within_step(matrices.instant)
    top = jnp.concatenate([_times(within, block) for block in matrices.dynamics], axis=1)
    companion = jnp.zeros((n * lags, n * lags)).at[:n].set(top)
    if lags > 1:
        companion = companion.at[n:, : n * (lags - 1)].set(jnp.eye(n * (lags - 1)))
    return jnp.abs(jnp.linalg.eigvals(companion)).max()
