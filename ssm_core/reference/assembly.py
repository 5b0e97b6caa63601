"""From a vector of standardised parameters to the arrays of a linear-Gaussian model, one vector at a time."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from schemas.spec import ContinuousTime, Matrix, ModelSpec
from ssm_core.kalman.linear_gaussian import LinearGaussian
from ssm_core.model.augmented import Augmented, augmented_of, first_state
from ssm_core.model.design import Design
from ssm_core.model.structure import Scale, Structure, structure_of


def state_space(spec: ModelSpec, scale: Scale, design: Design, theta: Float[Array, " parameter"]) -> LinearGaussian:
    """The model of `ModelSpec`, matrix by matrix; see `ssm_core.model.augmented` for the state vector."""
    structure = structure_of(spec)
    augmented = augmented_of(structure)

    def filled(matrix: Matrix) -> Float[Array, "..."]:
        out = jnp.zeros(structure.shape(matrix))
        if matrix in structure.constants:
            place = structure.constants[matrix]
            out = out.at[place.cell].set(scale.constants[place.parameter])
        if matrix in structure.places:
            place = structure.places[matrix]
            out = out.at[place.cell].set(theta[place.parameter])
        return out

    level, slope, coefficient = filled("level_sd"), filled("slope_sd"), filled("coefficient_sd")
    walks = [(at, level[s]) for s, at in augmented.level.items()]
    walks += [(at, slope[s]) for s, at in augmented.slope.items()]
    walks += [(at, coefficient[cell]) for cell, at in augmented.coefficient.items()]
    sd = jnp.zeros(augmented.size).at[: structure.states].set(filled("process_sd"))
    for at, value in walks:
        sd = sd.at[at].set(value)
    shared = jnp.zeros((augmented.size, len(structure.causes))).at[: structure.states].set(filled("shared"))
    move = _continuous if isinstance(spec.time, ContinuousTime) else _discrete
    F, b, Q = move(structure, augmented, design, filled, sd, shared)
    P0 = first_state(augmented, spec.start_sd)
    R = filled("measurement_sd") ** 2
    return LinearGaussian(
        m=jnp.zeros(augmented.size),
        P=jnp.array(P0),
        Pinf=None,
        F=F,
        b=b,
        Q=Q,
        H=_observation(structure, augmented, design, filled("loading")),
        d=jnp.array(design.regressors) @ filled("mean").T,
        R=R if design.error is None else R[None] + jnp.array(design.error),
    )


def _observation(
    structure: Structure, augmented: Augmented, design: Design, loading: Float[Array, "series state"]
) -> Float[Array, "*time series state"]:
    H = jnp.zeros((structure.series, augmented.size)).at[:, : structure.states].set(loading)
    for series, state in enumerate(structure.recorded_as):
        if state is not None:
            H = H.at[series, state].set(1.0)
    for series, at in augmented.level.items():
        H = H.at[series, at].set(1.0)
    if augmented.coefficient:
        H = jnp.broadcast_to(H, (len(design.y), *H.shape))
        for (series, regressor), at in augmented.coefficient.items():
            H = H.at[:, series, at].set(jnp.array(design.regressors[:, regressor]))
    return H


def _discrete(structure, augmented, design, filled, sd, shared):  # noqa: ANN001, ANN202 - see state_space
    n, steps, size = structure.states, len(design.y), augmented.size
    within = jnp.linalg.inv(jnp.eye(n) - filled("instant"))
    dynamics, inputs = filled("dynamics"), filled("inputs")
    F = jnp.zeros((size, size))
    for lag in range(structure.max_lag):
        for j in range(n):
            if lag == 0 or (j, lag) in augmented.remembered:
                F = F.at[:n, augmented.column(j, lag + 1)].set(within @ dynamics[lag, :, j])
    for row, column in augmented.carried():
        F = F.at[row, column].set(1.0)
    direct = jnp.einsum("tlu,lsu->ts", jnp.array(design.u), inputs)
    b = jnp.zeros((steps, size)).at[:, :n].set(direct @ within.T)
    core = jnp.diag(sd**2) + shared @ shared.T
    noise = jnp.broadcast_to(core, (steps, size, size))
    noise = noise.at[:, jnp.arange(n), jnp.arange(n)].add(jnp.array(design.ignorance))
    noise = noise.at[:, :n, :n].add(jnp.einsum("liu,tlu,lju->tij", inputs, jnp.array(design.u_variance), inputs))
    whole = jnp.eye(size).at[:n, :n].set(within)
    return jnp.broadcast_to(F, (steps, size, size)), b, whole @ noise @ whole.T


def _continuous(structure, augmented, design, filled, sd, shared):  # noqa: ANN001, ANN202 - see state_space
    n, size, k = structure.states, augmented.size, structure.inputs
    A = jnp.zeros((size, size)).at[:n, :n].set(filled("dynamics")[0])
    for series, at in augmented.slope.items():
        A = A.at[augmented.level[series], at].set(1.0)
    B = jnp.zeros((size, k)).at[:n].set(filled("inputs")[0])
    S = jnp.diag(sd**2) + shared @ shared.T

    def over(gap: Float[Array, ""]) -> tuple[Array, Array, Array]:
        """Van Loan (1978): two block exponentials."""
        inputs = jax.scipy.linalg.expm(gap * jnp.block([[A, B], [jnp.zeros((k, size + k))]]))
        noise = jax.scipy.linalg.expm(gap * jnp.block([[-A, S], [jnp.zeros((size, size)), A.T]]))
        F = inputs[:size, :size]
        Q = F @ noise[:size, size:]
        return F, inputs[:size, size:], (Q + Q.T) / 2

    gaps, kind = np.unique(np.concatenate([design.gaps[1:2], design.gaps[1:]]), return_inverse=True)
    F, driven, Q = (part[kind.ravel()] for part in jax.vmap(over)(jnp.array(gaps)))
    b = jnp.einsum("tsk,tk->ts", driven, jnp.array(design.u[:, 0]))
    Q = Q.at[:, jnp.arange(n), jnp.arange(n)].add(jnp.array(design.ignorance))
    return F, b, Q + jnp.einsum("tik,tk,tjk->tij", driven, jnp.array(design.u_variance[:, 0]), driven)


def spectral_radius(structure: Structure, augmented: Augmented, F: Float[Array, "state state"]) -> Float[Array, ""]:
    """Largest modulus of the eigenvalues of the companion matrix; below one the process is stationary."""
    size = structure.states + len(augmented.remembered)
    return jnp.abs(jnp.linalg.eigvals(F[:size, :size])).max()
