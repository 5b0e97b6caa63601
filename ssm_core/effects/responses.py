"""What the outcome does after an intervention on the exposure, for every posterior draw."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from schemas.spec import Matrix, ModelSpec
from ssm_core.model.structure import structure_of


class Linear(NamedTuple):
    """Matrices of every draw in the units of the data; see `ssm_core.model.assembly.Matrices`."""

    dynamics: Float[np.ndarray, "draw lag state state"]
    instant: Float[np.ndarray, "draw state state"]
    inputs: Float[np.ndarray, "draw lag state input"]
    process_sd: Float[np.ndarray, "draw state"]
    measurement_sd: Float[np.ndarray, "draw state"]
    level_sd: Float[np.ndarray, "draw state"]


def linear_of(spec: ModelSpec, theta: Float[np.ndarray, "draw parameter"]) -> Linear:
    """Matrices of each posterior draw (natural units)."""
    structure = structure_of(spec)
    n, draws = structure.states, len(theta)

    def filled(matrix: Matrix) -> np.ndarray:
        out = np.zeros((draws, *structure.shape(matrix)))
        if matrix in structure.constants:
            place = structure.constants[matrix]
            out[(slice(None), *place.cell)] = [spec.constants[i].value for i in place.parameter]
        if matrix in structure.places:
            place = structure.places[matrix]
            out[(slice(None), *place.cell)] = theta[:, place.parameter]
        return out

    def of_states(matrix: Matrix) -> np.ndarray:
        """A figure of the series, for the states that are recorded as themselves."""
        out, given = np.zeros((draws, n)), filled(matrix)
        for series, state in enumerate(structure.recorded_as):
            if state is not None:
                out[:, state] = given[:, series]
        return out

    return Linear(
        filled("dynamics"),
        filled("instant"),
        filled("inputs"),
        filled("process_sd"),
        of_states("measurement_sd"),
        of_states("level_sd"),
    )


def impulse_response(
    linear: Linear, exposure: int, outcome: int, horizon: int
) -> Float[np.ndarray, "draw horizon_plus_one"]:
    """The outcome's column of `impulse_responses`."""
    return impulse_responses(linear, exposure, horizon)[..., outcome]


def impulse_responses(linear: Linear, exposure: int, horizon: int) -> Float[np.ndarray, "draw horizon_plus_one state"]:
    """`z_h = (I - Gamma)^{-1} (sum_k A_k z_{h-k} + B_h)`: every state h steps after one unit of exposure at step 0.

    Later exposures are held as they were. Under `do()` the mechanism of the exposure is cut, all others stay.

    Args:
        linear: matrices per draw.
        exposure: index of the input.
        horizon: last step, inclusive.

    Source: Lütkepohl (2005), section 2.3.2 (dynamic multipliers).
    """
    within = _within(linear)
    later = np.einsum("ijd,kjld->kild", within, np.moveaxis(linear.dynamics, 0, -1))
    at_once = np.einsum("ijd,hjd->hid", within, np.moveaxis(linear.inputs[..., exposure], 0, -1))
    responses = np.zeros((horizon + 1, *within.shape[1:]))
    responses[: len(at_once)] = at_once[: horizon + 1]
    for h in range(1, horizon + 1):
        for k in range(1, min(len(later), h) + 1):
            responses[h] += np.einsum("ijd,jd->id", later[k - 1], responses[h - k])
    return np.moveaxis(responses, -1, 0)


def noise_response(linear: Linear, outcome: int, horizon: int) -> Float[np.ndarray, "draw horizon_plus_one state"]:
    """Outcome h steps after a process shock of one standard deviation in each state: `Psi_h (I - Gamma)^{-1} diag(q)`.

    The sum of its squares over h and states is the variance of the outcome `horizon` steps ahead of a known past.
    """
    within = _within(linear)
    later = np.einsum("kijd,jld->kild", np.moveaxis(linear.dynamics, 0, -1), within)
    rows = np.zeros((horizon + 1, *within.shape[1:]))  # of Psi_h W, W = (I - Gamma)^{-1}: row_h = sum_k row_{h-k} A_k W
    rows[0] = within[outcome]
    for h in range(1, horizon + 1):
        for k in range(1, min(len(later), h) + 1):
            rows[h] += np.einsum("id,ijd->jd", rows[h - k], later[k - 1])
    return np.moveaxis(rows * linear.process_sd.T, -1, 0)


def _within(linear: Linear) -> Float[np.ndarray, "state state draw"]:
    """`(I - Gamma)^{-1}`; draws last, so that they lie side by side."""
    return np.moveaxis(np.linalg.inv(np.eye(linear.instant.shape[-1]) - linear.instant), 0, -1)


def steady_state(linear: Linear, exposure: int, outcome: int) -> Float[np.ndarray, " draw"]:
    """`(I - Gamma - sum_k A_k)^{-1} sum_k B_k`: the lasting change of the outcome under one more unit at every step."""
    n = linear.dynamics.shape[-1]
    total = np.eye(n) - linear.instant - linear.dynamics.sum(1)
    return np.linalg.solve(total, linear.inputs[..., exposure].sum(1)[..., None])[:, outcome, 0]


def settling_step(response: Float[np.ndarray, "draw step"], share: float) -> Float[np.ndarray, " draw"]:
    """Steps after the peak until the response stays at or below `share` of its peak; infinite if never.

    `share` 0.5 gives the half-life of carry-over, 0.1 the washout. With `r_s` the last response above and `r_{s+1}` the
    next, the crossing lies at `s + log(r_s / (share r_peak)) / log(r_s / r_{s+1})`: a straight line between their
    logarithms, so that a geometric decay `phi^h` has the half-life `log 0.5 / log phi`, whatever the steps.
    """
    size = np.abs(response)
    peak = size.argmax(1)
    level = share * size.max(1)
    steps = np.arange(response.shape[1])
    above = (size > level[:, None]) & (steps >= peak[:, None])
    last = np.where(above.any(1), response.shape[1] - 1 - above[:, ::-1].argmax(1), -1)
    ends = last == response.shape[1] - 1
    rows = np.arange(len(size))
    before, after = size[rows, np.maximum(last, 0)], size[rows, np.where(ends, last, last + 1)]
    with np.errstate(divide="ignore", invalid="ignore"):
        between = np.log(before / level) / np.log(before / after)
    settled = np.where(last < 0, 0.0, last - peak + between)
    return np.where(ends, np.inf, settled)


def period_effect(
    response: Float[np.ndarray, "draw step"], usable: Float[np.ndarray, " step"]
) -> Float[np.ndarray, " draw"]:
    """Mean over the usable steps t of `sum_{h<=t} response_h`: exposed on every step of the record versus on none.

    The average period treatment effect of Daza (2018) with the record as its period.
    """
    cumulated = np.cumsum(response, axis=1)
    return cumulated[:, np.flatnonzero(usable)].mean(1)
