"""Transition, inputs and process noise of a model in discrete time, many chains at once, and derivatives back."""

from functools import partial
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from ssm_core.model.augmented import Augmented, Unknown, input_columns, pattern_of, reachable
from ssm_core.model.cells import Cells, Pullback, Sparse
from ssm_core.model.polynomial import CellsBuilder, Polynomial, Symbols, identity, symbols_of
from ssm_core.model.scatter import scatter_of
from ssm_core.model.structure import Scale, Structure


class Saved(NamedTuple):
    """What the forward pass leaves for the chain rule (chains last)."""

    within: Float[np.ndarray, "node node chain"] | None
    A: Float[np.ndarray, "node state chain"]
    B: Float[np.ndarray, "node input chain"]
    sd: Float[np.ndarray, "node chain"]
    shared: Float[np.ndarray, "node cause chain"]
    noise: Float[np.ndarray, "kind node node chain"]
    walks: Float[np.ndarray, "walk chain"]


def times(a: Float[np.ndarray, "i j chain"], b: Float[np.ndarray, "j k chain"]) -> Float[np.ndarray, "i k chain"]:
    """Matrix product per chain."""
    return np.einsum("ijl,jkl->ikl", a, b)


class DiscreteDynamics:
    """`F = W A`, `B = W B`, `Q = W (diag(q^2 + ignorance) + L L' + sum_k b_k var_k b_k') W'`, `W = (I - Gamma)^{-1}`.

    `W` is the finite Neumann series of an acyclic `Gamma`. Below the nodes, remembered states are copied and levels,
    slopes and coefficients walk at random. Derivatives by the chain rule; `dW = W dGamma W`.
    """

    def __init__(self, structure: Structure, scale: Scale, augmented: Augmented, unknown: Unknown) -> None:
        """Index everything once."""
        self._augmented, self._unknown = augmented, unknown
        self._dynamics, self._instant, self._inputs, self._sd, self._shared = (
            scatter_of(structure, scale, matrix) for matrix in ("dynamics", "instant", "inputs", "process_sd", "shared")
        )
        self._walks = [scatter_of(structure, scale, m) for m in ("level_sd", "slope_sd", "coefficient_sd")]
        self._columns = input_columns(structure)
        n, size = structure.states, augmented.size
        gamma = pattern_of(structure, "instant")
        self._depth = _longest_path(gamma)
        reach = reachable(gamma)
        self._order = np.array([[augmented.remembered.get((j, k), -1) if k else j for j in range(n)]
                                for k in range(structure.max_lag)])  # fmt: skip
        acts = np.zeros((n, size), dtype=bool)
        for lag, row, column in np.argwhere(pattern_of(structure, "dynamics")):
            acts[row, self._order[lag, column]] = True
        self._node_cells = np.nonzero(reach @ acts)
        carried = sorted(augmented.carried())
        self.F = _sparse(list(zip(*self._node_cells, strict=True)), carried)
        inputs = pattern_of(structure, "inputs")
        drives = np.column_stack([inputs[lag, :, k] for lag, k in self._columns]) if self._columns else inputs[0]
        self._input_cells = np.nonzero(reach @ drives)
        self.B = _sparse(list(zip(*self._input_cells, strict=True)), [])
        shared = pattern_of(structure, "shared")
        hidden = (drives[:, None, :] & drives[None, :, :])[..., (unknown.inputs > 0).any(axis=0)].any(-1)
        own = np.diag(pattern_of(structure, "process_sd") | (unknown.ignorance > 0).any(axis=0))
        core = own | (shared.astype(int) @ shared.T > 0) | hidden
        noisy = np.tril(reach @ core @ reach.T)
        self._noise_cells = np.nonzero(noisy)
        level = [augmented.level[int(series)] for series in np.flatnonzero(pattern_of(structure, "level_sd"))]
        self._walk_cells = level + list(augmented.slope.values()) + list(augmented.coefficient.values())
        self._level_rows = np.flatnonzero(pattern_of(structure, "level_sd"))
        self._slope_rows = np.array(sorted(augmented.slope), dtype=int)
        self._coefficient_cells = tuple(np.array(list(augmented.coefficient), dtype=int).reshape(-1, 2).T)
        self.Q = _sparse(list(zip(*self._noise_cells, strict=True)), [], [(at, at) for at in self._walk_cells])
        self.regime = np.zeros(unknown.kind.size, dtype=int)
        self.noise = unknown.kind

    def describe(self, builder: CellsBuilder) -> None:
        """Tell what stands in `F`, `Q` and `B`: `W` is a finite sum, so that every cell is a polynomial.

        Raises:
            TooManyTermsError: the polynomials are too long, as with many nodes that act on one another within a step.
        """
        A, B = self._symbolic()
        W = identity(self._augmented.nodes)
        gamma, power = symbols_of(self._instant), W
        for _ in range(self._depth):
            power = power @ gamma
            W = W + power
        WA, WB = W @ A, W @ B
        entries = [WA[cell] for cell in zip(*self._node_cells, strict=True)]
        entries += [Polynomial.constant(1.0)] * (self.F.row.size - len(entries))
        walks = [sd * sd for sd in self._symbolic_walks()]
        for cells in self._symbolic_noise(W, WB):
            entries += [*cells, *walks]
        entries += [WB[cell] for cell in zip(*self._input_cells, strict=True)]
        for at, entry in enumerate(entries):
            builder.add(at, entry)

    def _symbolic(self) -> tuple[Symbols, Symbols]:
        """`A` and `B` as in `fill`."""
        dynamics, inputs, n = symbols_of(self._dynamics), symbols_of(self._inputs), self._augmented.nodes
        A = np.full((n, self._augmented.size), Polynomial.constant(0.0), dtype=object)
        for lag, block in enumerate(dynamics):
            held = self._order[lag] >= 0
            A[:, self._order[lag][held]] = block[:, held]
        B = np.full((n, len(self._columns)), Polynomial.constant(0.0), dtype=object)
        for column, (lag, k) in enumerate(self._columns):
            B[:, column] = inputs[lag, :, k]
        return A, B

    def _symbolic_noise(self, W: Symbols, WB: Symbols) -> list[list[Polynomial]]:
        """Cells of the nodes' `Q`, one list for each kind of step."""
        sd, shared = symbols_of(self._sd), symbols_of(self._shared)
        drives = np.column_stack([W * sd, W @ shared])
        known = [_inner(drives[i], drives[j]) for i, j in zip(*self._noise_cells, strict=True)]
        added = np.column_stack([W, WB])
        variance = np.column_stack([self._unknown.ignorance, self._unknown.inputs])
        used = np.flatnonzero((variance > 0).any(axis=0))
        each = [[added[i, k] * added[j, k] for k in used] for i, j in zip(*self._noise_cells, strict=True)]
        return [
            [sum((one.times(float(v)) for one, v in zip(more, of[used], strict=True)), start=cell)
             for cell, more in zip(known, each, strict=True)]
            for of in variance
        ]  # fmt: skip

    def _symbolic_walks(self) -> list[Polynomial]:
        level, slope, coefficient = (symbols_of(scatter) for scatter in self._walks)
        return [*level[self._level_rows], *slope[self._slope_rows], *coefficient[self._coefficient_cells]]

    def fill(self, theta: Float[np.ndarray, "parameter chain"], into: Cells) -> Pullback:
        """Write `F`, `B` and `Q`; returns the chain rule."""
        chains, n = theta.shape[-1], self._augmented.nodes
        dynamics, inputs = self._dynamics.fill(theta), self._inputs.fill(theta)
        A = np.zeros((n, self._augmented.size, chains))
        for lag, block in enumerate(dynamics):
            held = self._order[lag] >= 0
            A[:, self._order[lag][held]] = block[:, held]
        B = (np.stack([inputs[lag, :, k] for lag, k in self._columns], axis=1) if self._columns
             else np.zeros((n, 0, chains)))  # fmt: skip
        within = _within(self._instant.fill(theta), self._depth) if self._depth else None
        nodes = self._node_cells[0].size
        into.F[0, :nodes] = (A if within is None else times(within, A))[self._node_cells]
        into.F[0, nodes:] = 1.0
        into.B[0] = (B if within is None else times(within, B))[self._input_cells]
        sd, shared = self._sd.fill(theta), self._shared.fill(theta)
        walks = self._walk_sd(theta)
        saved = Saved(within, A, B, sd, shared, self._noise(sd, shared, B), walks)
        rows, columns = self._noise_cells
        Q = saved.noise if within is None else _both_sides(within, saved.noise)
        into.Q[:, : rows.size] = Q[:, rows, columns]
        into.Q[:, self._noise_cells[0].size :] = walks**2
        return partial(self._collect, saved)

    def _walk_sd(self, theta: Float[np.ndarray, "parameter chain"]) -> Float[np.ndarray, "walk chain"]:
        level, slope, coefficient = (scatter.fill(theta) for scatter in self._walks)
        return np.concatenate([level[self._level_rows], slope[self._slope_rows], coefficient[self._coefficient_cells]])

    def _noise(
        self,
        sd: Float[np.ndarray, "node chain"],
        shared: Float[np.ndarray, "node cause chain"],
        B: Float[np.ndarray, "node input chain"],
    ) -> Float[np.ndarray, "kind node node chain"]:
        """What arrives at the nodes in each kind of step, before it spreads within the step."""
        noise = np.zeros((len(self._unknown.ignorance), sd.shape[0], *sd.shape))
        noise += np.einsum("ihl,jhl->ijl", shared, shared)
        if np.any(self._unknown.inputs > 0):
            noise += np.einsum("ikl,pk,jkl->pijl", B, self._unknown.inputs, B)
        at = np.arange(sd.shape[0])
        noise[:, at, at] += sd**2 + self._unknown.ignorance[:, :, None]
        return noise

    def _collect(self, saved: Saved, adjoint: Cells, into: Float[np.ndarray, "parameter chain"]) -> None:
        """Chain rule of `fill`."""
        within = saved.within
        F_bar, B_bar = np.zeros_like(saved.A), np.zeros_like(saved.B)
        F_bar[self._node_cells] = adjoint.F[0, : self._node_cells[0].size]
        B_bar[self._input_cells] = adjoint.B[0]
        A_bar, A_B_bar = F_bar, B_bar
        within_bar = None
        if within is not None:
            transposed = within.transpose(1, 0, 2)
            A_bar, A_B_bar = times(transposed, F_bar), times(transposed, B_bar)
            within_bar = times(F_bar, saved.A.transpose(1, 0, 2)) + times(B_bar, saved.B.transpose(1, 0, 2))
        walks_bar = 2.0 * saved.walks * adjoint.Q[:, self._noise_cells[0].size :].sum(0)
        self._collect_walks(walks_bar, into)
        sd_bar, A_B_bar, within_bar = self._collect_noise(saved, adjoint, A_B_bar, within_bar, into)
        self._sd.collect(sd_bar, into)
        dynamics = np.zeros((*self._dynamics.base.shape[:-1], into.shape[-1]))
        for lag in range(len(dynamics)):
            held = self._order[lag] >= 0
            dynamics[lag][:, held] = A_bar[:, self._order[lag][held]]
        self._dynamics.collect(dynamics, into)
        inputs = np.zeros((*self._inputs.base.shape[:-1], into.shape[-1]))
        for column, (lag, k) in enumerate(self._columns):
            inputs[lag, :, k] = A_B_bar[:, column]
        self._inputs.collect(inputs, into)
        if within is not None and within_bar is not None:
            transposed = within.transpose(1, 0, 2)
            self._instant.collect(times(times(transposed, within_bar), transposed), into)

    def _collect_walks(self, bar: Float[np.ndarray, "walk chain"], into: Float[np.ndarray, "parameter chain"]) -> None:
        level, slope, coefficient = (np.zeros((*s.base.shape[:-1], into.shape[-1])) for s in self._walks)
        ends = np.cumsum([self._level_rows.size, self._slope_rows.size])
        level[self._level_rows], slope[self._slope_rows], coefficient[self._coefficient_cells] = np.split(bar, ends)
        for scatter, dense in zip(self._walks, (level, slope, coefficient), strict=True):
            scatter.collect(dense, into)

    def _collect_noise(
        self,
        saved: Saved,
        adjoint: Cells,
        B_bar: Float[np.ndarray, "node input chain"],
        within_bar: Float[np.ndarray, "node node chain"] | None,
        into: Float[np.ndarray, "parameter chain"],
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        rows, columns = self._noise_cells
        given = adjoint.Q[:, : rows.size]
        Q_bar = np.zeros_like(saved.noise)
        half = np.where(rows == columns, 1.0, 0.5)[:, None] * given
        Q_bar[:, rows, columns] = half
        Q_bar[:, columns, rows] = half
        noise_bar = Q_bar
        if saved.within is not None and within_bar is not None:
            W = saved.within
            noise_bar = _both_sides(W.transpose(1, 0, 2), Q_bar)
            half_way = np.einsum("pial,abl->pibl", Q_bar, W)
            within_bar = within_bar + 2.0 * np.einsum("pibl,pbjl->ijl", half_way, saved.noise)
        at = np.arange(saved.sd.shape[0])
        sd_bar = 2.0 * saved.sd * noise_bar[:, at, at].sum(0)
        self._shared.collect(2.0 * np.einsum("ijl,jhl->ihl", noise_bar.sum(0), saved.shared), into)
        if np.any(self._unknown.inputs > 0):
            by_input = np.einsum("pijl,pk->kijl", noise_bar, self._unknown.inputs)
            B_bar = B_bar + 2.0 * np.einsum("kijl,jkl->ikl", by_input, saved.B)
        return sd_bar, B_bar, within_bar

    def stationary(self, theta: Float[np.ndarray, "parameter chain"]) -> Bool[np.ndarray, " chain"]:
        """Whether all eigenvalues of the companion matrix of the nodes lie inside the unit circle."""
        cells = self._node_cells
        A = np.zeros((self._augmented.nodes, self._augmented.size, theta.shape[-1]))
        for lag, block in enumerate(self._dynamics.fill(theta)):
            held = self._order[lag] >= 0
            A[:, self._order[lag][held]] = block[:, held]
        if self._depth:
            A = times(_within(self._instant.fill(theta), self._depth), A)
        size = self._augmented.nodes + len(self._augmented.remembered)
        companion = np.zeros((theta.shape[-1], size, size))
        companion[(slice(None), *cells)] = A[cells].T
        for row, column in self._augmented.carried():
            if row < size:
                companion[:, row, column] = 1.0
        return np.abs(np.linalg.eigvals(companion)).max(axis=1) < 1.0


def _inner(a: Symbols, b: Symbols) -> Polynomial:
    return sum((x * y for x, y in zip(a, b, strict=True)), start=Polynomial.constant(0.0))


def _sparse(cells: list[tuple], fixed: list[tuple], more: list[tuple] | None = None) -> Sparse:
    """Cells in the order given: free node cells, fixed ones, free ones below."""
    everything = np.array([*cells, *fixed, *(more or [])], dtype=int).reshape(-1, 2)
    is_fixed = np.zeros(len(everything), dtype=bool)
    is_fixed[len(cells) : len(cells) + len(fixed)] = True
    return Sparse(everything[:, 0], everything[:, 1], is_fixed)


def _both_sides(
    W: Float[np.ndarray, "node node chain"], S: Float[np.ndarray, "kind node node chain"]
) -> Float[np.ndarray, "kind node node chain"]:
    """`W S W'`, two factors at a time: a plan for three would be sought anew at every call."""
    return np.einsum("pibl,jbl->pijl", np.einsum("ial,pabl->pibl", W, S), W)


def _within(gamma: Float[np.ndarray, "node node chain"], depth: int) -> Float[np.ndarray, "node node chain"]:
    """`(I - Gamma)^{-1} = I + Gamma + .. + Gamma^depth` for paths of at most `depth` edges."""
    total = gamma.copy()
    power = gamma
    for _ in range(depth - 1):
        power = times(power, gamma)
        total += power
    at = np.arange(len(gamma))
    total[at, at] += 1.0
    return total


def _longest_path(links: Bool[np.ndarray, "node node"]) -> int:
    """Edges on the longest path of an acyclic graph."""
    power, length = links.astype(int), 0
    while power.any():
        length += 1
        power = (power @ links > 0).astype(int)
    return length
