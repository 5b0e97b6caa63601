"""Transition, inputs and process noise of a model in continuous time, many chains at once, and derivatives back."""

from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from ssm_core.model.augmented import Augmented, Unknown, input_columns, pattern_of, reachable
from ssm_core.model.cells import Cells, Pullback, Sparse
from ssm_core.model.doubling import Discretised, Tape, discretise, discretise_adjoint
from ssm_core.model.scatter import scatter_of
from ssm_core.model.structure import Scale, Structure


class Saved(NamedTuple):
    """What the forward pass leaves for the chain rule (batch axes regime, chain)."""

    tape: Tape
    step: Discretised
    sd: Float[np.ndarray, "state chain"]
    shared: Float[np.ndarray, "node cause chain"]
    B: Float[np.ndarray, "node input chain"]


class ContinuousDynamics:
    """`ds = (A s + B u) dt + G dW` over the gaps of the record: `F = exp(A D)`, `B = Phi B`, `Q` as in `discretise`.

    The nodes follow the drift of the spec; a level moves with its slope and walks, slopes and coefficients walk.
    Ignorance about a step and unknown inputs add their variance to `Q` after the gap.
    """

    def __init__(self, structure: Structure, scale: Scale, augmented: Augmented, unknown: Unknown) -> None:
        """Index everything once."""
        self._augmented, self._unknown = augmented, unknown
        self._dynamics, self._inputs, self._sd, self._shared = (
            scatter_of(structure, scale, matrix) for matrix in ("dynamics", "inputs", "process_sd", "shared")
        )
        self._walks = {m: scatter_of(structure, scale, m) for m in ("level_sd", "slope_sd", "coefficient_sd")}
        self._columns = [k for _, k in input_columns(structure)]
        self._gaps, of_kind = np.unique(unknown.gap, return_inverse=True)
        self._of_kind = of_kind.ravel()
        self.regime, self.noise = self._of_kind[unknown.kind], unknown.kind
        n, size = structure.states, augmented.size
        drift = np.zeros((size, size), dtype=bool)
        drift[:n, :n] = pattern_of(structure, "dynamics")[0]
        for series, at in augmented.slope.items():
            drift[augmented.level[series], at] = True
        reach = reachable(drift)
        self._F_cells = np.nonzero(reach)
        drives = np.zeros((size, len(self._columns)), dtype=bool)
        drives[:n] = pattern_of(structure, "inputs")[0][:, self._columns] if self._columns else False
        self._B_cells = np.nonzero(reach @ drives)
        shared = pattern_of(structure, "shared").astype(int)
        noisy = np.diag(self._noisy(structure))
        noisy[:n, :n] |= shared @ shared.T > 0
        after = np.diag(np.concatenate([(unknown.ignorance > 0).any(0), np.zeros(size - n, dtype=bool)]))
        hidden = (reach @ drives)[:, (unknown.inputs > 0).any(axis=0)].astype(int)
        self._Q_cells = np.nonzero(np.tril((reach @ noisy @ reach.T) | after | (hidden @ hidden.T > 0)))
        self.F, self.B, self.Q = (_sparse(cells) for cells in (self._F_cells, self._B_cells, self._Q_cells))

    def _noisy(self, structure: Structure) -> Bool[np.ndarray, " state"]:
        out = np.zeros(self._augmented.size, dtype=bool)
        out[: structure.states] = pattern_of(structure, "process_sd")
        for matrix, at in self._positions():
            for cell, position in at.items():
                out[position] = pattern_of(structure, matrix)[cell]
        return out

    def _positions(self) -> list[tuple]:
        a = self._augmented
        return [("level_sd", {(s,): at for s, at in a.level.items()}),
                ("slope_sd", {(s,): at for s, at in a.slope.items()}),
                ("coefficient_sd", dict(a.coefficient))]  # fmt: skip

    def fill(self, theta: Float[np.ndarray, "parameter chain"], into: Cells) -> Pullback:
        """Write `F`, `B` and `Q`; returns the chain rule."""
        chains, n = theta.shape[-1], self._augmented.nodes
        sd = np.zeros((self._augmented.size, chains))
        sd[:n] = self._sd.fill(theta)
        for matrix, at in self._positions():
            filled = self._walks[matrix].fill(theta)
            for cell, position in at.items():
                sd[position] = filled[cell]
        shared = self._shared.fill(theta)
        S = np.zeros((chains, self._augmented.size, self._augmented.size))
        S[:, :n, :n] = np.einsum("ihl,jhl->lij", shared, shared)
        at = np.arange(self._augmented.size)
        S[:, at, at] += (sd**2).T
        B = self._inputs.fill(theta)[0][:, self._columns]
        shape = (self._gaps.size, chains, *S.shape[1:])
        gap = np.broadcast_to(self._gaps[:, None], shape[:2])
        step, tape = discretise(np.broadcast_to(self._drift(theta), shape), np.broadcast_to(S, shape), gap)
        into.F[...] = step.F[(..., *self._F_cells)].swapaxes(-1, -2)
        driven = np.einsum("gcij,jkc->gikc", step.Phi[..., :n], B)
        into.B[...] = driven[:, *self._B_cells]
        Q = step.Q[self._of_kind]
        Q = Q + self._after(driven)
        into.Q[...] = Q[(..., *self._Q_cells)].swapaxes(-1, -2)
        return partial(self._collect, Saved(tape, step, sd, shared, B))

    def _drift(self, theta: Float[np.ndarray, "parameter chain"]) -> Float[np.ndarray, "chain state state"]:
        n, size = self._augmented.nodes, self._augmented.size
        A = np.zeros((theta.shape[-1], size, size))
        A[:, :n, :n] = self._dynamics.fill(theta)[0].transpose(2, 0, 1)
        for series, at in self._augmented.slope.items():
            A[:, self._augmented.level[series], at] = 1.0
        return A

    def _after(self, driven: Float[np.ndarray, "gap state input chain"]) -> Float[np.ndarray, "kind chain state state"]:
        of, n = driven[self._of_kind], self._augmented.nodes
        extra = np.einsum("pikc,pk,pjkc->pcij", of, self._unknown.inputs, of, optimize=True)
        at = np.arange(n)
        extra[:, :, at, at] += self._unknown.ignorance[:, None, :]
        return extra

    def _collect(self, saved: Saved, adjoint: Cells, into: Float[np.ndarray, "parameter chain"]) -> None:
        """Chain rule of `fill`."""
        n, (rows, columns) = self._augmented.nodes, self._Q_cells
        F_bar, Q_of_kind = np.zeros_like(saved.step.F), np.zeros((len(self._of_kind), *saved.step.Q.shape[1:]))
        F_bar[(..., *self._F_cells)] = adjoint.F.swapaxes(-1, -2)
        half = (np.where(rows == columns, 1.0, 0.5)[:, None] * adjoint.Q).swapaxes(-1, -2)
        Q_of_kind[..., rows, columns] = half
        Q_of_kind[..., columns, rows] = half
        Q_bar = np.zeros_like(saved.step.Q)
        np.add.at(Q_bar, self._of_kind, Q_of_kind)
        Phi = saved.step.Phi[..., :n]
        driven_bar = np.zeros((self._gaps.size, self._augmented.size, len(self._columns), into.shape[-1]))
        driven_bar[:, *self._B_cells] = adjoint.B
        if np.any(self._unknown.inputs > 0):
            of = np.einsum("gcij,jkc->gikc", Phi, saved.B)[self._of_kind]
            through = 2.0 * np.einsum("pcij,pk,pjkc->pikc", Q_of_kind, self._unknown.inputs, of, optimize=True)
            np.add.at(driven_bar, self._of_kind, through)
        Phi_bar = np.zeros_like(saved.step.Phi)
        Phi_bar[..., :n] = np.einsum("gikc,jkc->gcij", driven_bar, saved.B)
        B_bar = np.einsum("gcij,gikc->jkc", Phi, driven_bar)
        A_bar, S_bar = discretise_adjoint(saved.tape, Discretised(F_bar, Phi_bar, Q_bar))
        self._collect_rates(saved, A_bar.sum(0), S_bar.sum(0), B_bar, into)

    def _collect_rates(
        self,
        saved: Saved,
        A_bar: Float[np.ndarray, "chain state state"],
        S_bar: Float[np.ndarray, "chain state state"],
        B_bar: Float[np.ndarray, "node input chain"],
        into: Float[np.ndarray, "parameter chain"],
    ) -> None:
        n, at = self._augmented.nodes, np.arange(self._augmented.size)
        self._dynamics.collect(A_bar[:, :n, :n].transpose(1, 2, 0)[None], into)
        inputs = np.zeros((*self._inputs.base.shape[:-1], into.shape[-1]))
        inputs[0][:, self._columns] = B_bar
        self._inputs.collect(inputs, into)
        sd_bar = 2.0 * saved.sd * S_bar[:, at, at].T
        self._sd.collect(sd_bar[:n], into)
        self._shared.collect(2.0 * np.einsum("lij,jhl->ihl", S_bar[:, :n, :n], saved.shared), into)
        for matrix, positions in self._positions():
            dense = np.zeros((*self._walks[matrix].base.shape[:-1], into.shape[-1]))
            for cell, position in positions.items():
                dense[cell] = sd_bar[position]
            self._walks[matrix].collect(dense, into)

    def stationary(self, theta: Float[np.ndarray, "parameter chain"]) -> Bool[np.ndarray, " chain"]:
        """Whether all eigenvalues of the drift of the nodes have negative real parts."""
        drift = self._dynamics.fill(theta)[0].transpose(2, 0, 1)
        return np.linalg.eigvals(drift).real.max(axis=1) < 0.0


def _sparse(cells: tuple[np.ndarray, np.ndarray]) -> Sparse:
    return Sparse(cells[0], cells[1], np.zeros(cells[0].size, dtype=bool))
