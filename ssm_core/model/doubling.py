"""Exact discretisation of linear stochastic differential equations by a short step and doublings, and its adjoint."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

ORDER = 14
SHORT = 0.25
"""Terms of the power series over the short step, and its largest ||A|| h: the remainder is below 1e-19."""


class Discretised(NamedTuple):
    """One gap: `s_t = F s_{t-1} + Phi (B u + c) + N(0, Q)`. Batch axes first."""

    F: Float[np.ndarray, "*batch state state"]
    Phi: Float[np.ndarray, "*batch state state"]
    Q: Float[np.ndarray, "*batch state state"]


class Tape(NamedTuple):
    """What the adjoint needs: the short step, powers of A, terms of Q, and the moments before each doubling."""

    h: Float[np.ndarray, "*batch 1 1"]
    doublings: Int[np.ndarray, "*batch 1 1"]
    A: Float[np.ndarray, "*batch state state"]
    terms: list[Float[np.ndarray, "*batch state state"]]
    powers: list[Float[np.ndarray, "*batch state state"]]
    before: list[Discretised]


def discretise(
    A: Float[np.ndarray, "*batch state state"],
    S: Float[np.ndarray, "*batch state state"],
    gap: Float[np.ndarray, " *batch"],
) -> tuple[Discretised, Tape]:
    """`F = exp(A D)`, `Phi = int_0^D exp(A s) ds`, `Q = int_0^D exp(A s) S exp(A s)' ds` over a gap `D`, no 1/A.

    Over a short step h = D / 2^k the integrals are power series, `Q = sum_j h^{j+1} L^j(S) / (j+1)!` with
    `L(X) = A X + X A'`; then `Phi <- Phi + F Phi`, `Q <- Q + F Q F'`, `F <- F F` double the step k times. Unlike one
    block exponential (Van Loan 1978) nothing grows with the gap, and Q stays a sum of covariances.

    Args:
        A: drift, per unit of time.
        S: diffusion `G G'`, per unit of time.
        gap: lengths of time, not negative.

    Source: Van Loan (1978) for the integrals; Särkkä & Solin (2019), section 6.2.
    """
    norm = np.abs(A).sum(-1).max(-1) * gap
    doublings = np.maximum(0, np.ceil(np.log2(np.maximum(norm, SHORT) / SHORT))).astype(int)[..., None, None]
    h = gap[..., None, None] / 2.0**doublings
    eye = np.broadcast_to(np.eye(A.shape[-1]), A.shape)
    powers, terms = [eye], [S]
    F, Phi, Q = eye.copy(), h * eye, h * S
    weight = h.copy()
    for j in range(1, ORDER + 1):
        powers.append(powers[-1] @ A)
        moved = A @ terms[-1]
        terms.append(moved + moved.swapaxes(-1, -2))
        F = F + weight * powers[-1]
        weight = weight * h / (j + 1)
        Phi = Phi + weight * powers[-1]
        Q = Q + weight * terms[-1]
    now, before = Discretised(F, Phi, Q), []
    for step in range(int(doublings.max(initial=0))):
        before.append(now)
        active = doublings > step
        F, Phi, Q = now
        now = Discretised(
            np.where(active, F @ F, F),
            np.where(active, Phi + F @ Phi, Phi),
            np.where(active, Q + F @ Q @ F.swapaxes(-1, -2), Q),
        )
    return now, Tape(h, doublings, A, terms, powers, before)


def discretise_adjoint(
    tape: Tape, bar: Discretised
) -> tuple[Float[np.ndarray, "*batch state state"], Float[np.ndarray, "*batch state state"]]:
    """Derivatives by `A` and `S` (symmetric), given those by `F`, `Phi` and (symmetric) `Q`: `discretise` backwards."""
    F_bar, Phi_bar, Q_bar = bar
    for step in reversed(range(len(tape.before))):
        active = tape.doublings > step
        F, Phi, Q = tape.before[step]
        Ft = F.swapaxes(-1, -2)
        through = F_bar @ Ft + Ft @ F_bar + Phi_bar @ Phi.swapaxes(-1, -2) + 2.0 * Q_bar @ F @ Q
        F_bar = np.where(active, through, F_bar)
        Phi_bar = np.where(active, Phi_bar + Ft @ Phi_bar, Phi_bar)
        Q_bar = np.where(active, Q_bar + Ft @ Q_bar @ F, Q_bar)
    return _series_adjoint(tape, F_bar, Phi_bar, Q_bar)


def _series_adjoint(
    tape: Tape,
    F_bar: Float[np.ndarray, "*batch state state"],
    Phi_bar: Float[np.ndarray, "*batch state state"],
    Q_bar: Float[np.ndarray, "*batch state state"],
) -> tuple[Float[np.ndarray, "*batch state state"], Float[np.ndarray, "*batch state state"]]:
    At = tape.A.swapaxes(-1, -2)
    weights = [tape.h]
    for j in range(1, ORDER + 1):
        weights.append(weights[-1] * tape.h / (j + 1))
    A_bar = np.zeros_like(tape.A)
    power_bar, term_bar = np.zeros_like(tape.A), np.zeros_like(tape.A)
    for j in range(ORDER, 0, -1):
        power_bar = power_bar + weights[j - 1] * F_bar + weights[j] * Phi_bar
        term_bar = term_bar + weights[j] * Q_bar
        A_bar = A_bar + tape.powers[j - 1].swapaxes(-1, -2) @ power_bar + 2.0 * term_bar @ tape.terms[j - 1]
        power_bar = power_bar @ At
        moved = At @ term_bar
        term_bar = moved + moved.swapaxes(-1, -2)
    return A_bar, term_bar + weights[0] * Q_bar
