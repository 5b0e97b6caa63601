"""The state vector of a model: nodes, remembered nodes, levels, slopes, drifting coefficients."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from schemas.spec import Matrix
from ssm_core.model.design import Design
from ssm_core.model.structure import Structure


class Augmented(NamedTuple):
    """Positions in the state vector `s_t = (z_t, remembered z, levels, slopes, coefficients)`.

    Attributes:
        nodes: number of nodes, which come first.
        remembered: position of node j as it was k steps ago, for the longer lags.
        level, slope: position by series.
        coefficient: position by series and regressor.
        size: length of the state vector.
    """

    nodes: int
    remembered: dict[tuple[int, int], int]
    level: dict[int, int]
    slope: dict[int, int]
    coefficient: dict[tuple[int, int], int]
    size: int

    def column(self, node: int, lag: int) -> int:
        """Where the state of the step before holds node j as it was `lag` steps before this one (lag >= 1)."""
        return node if lag == 1 else self.remembered[node, lag - 1]

    def carried(self) -> list[tuple[int, int]]:
        """Cells (row, column) of the transition that are one in discrete time: what is remembered or walks."""
        kept = [(at, node if k == 1 else self.remembered[node, k - 1]) for (node, k), at in self.remembered.items()]
        walks = [(at, at) for part in (self.level, self.slope, self.coefficient) for at in part.values()]
        return kept + walks + [(self.level[series], at) for series, at in self.slope.items()]


def augmented_of(structure: Structure) -> Augmented:
    """Lay out the state vector; a node is remembered only for as long as a lag needs it."""
    longest = np.ones(structure.states, dtype=int)
    for where in (structure.places, structure.constants):
        if "dynamics" in where:
            lags, _, columns = where["dynamics"].cell
            np.maximum.at(longest, columns, lags + 1)
    at = iter(range(structure.states, 10_000))
    remembered = {(j, k): next(at) for j in range(structure.states) for k in range(1, longest[j])}
    slopes = _cells(structure, "slope_sd")
    levels = sorted({*_cells(structure, "level_sd"), *slopes})
    level = {series: next(at) for (series,) in levels}
    slope = {series: next(at) for (series,) in sorted(slopes)}
    coefficient = {cell: next(at) for cell in sorted(_cells(structure, "coefficient_sd"))}
    return Augmented(structure.states, remembered, level, slope, coefficient, next(at))


def _cells(structure: Structure, matrix: Matrix) -> set[tuple]:
    found = (where[matrix].cell for where in (structure.places, structure.constants) if matrix in where)
    return {tuple(int(i) for i in cell) for cells in found for cell in zip(*cells, strict=True)}


def first_state(augmented: Augmented, start_sd: float) -> Float[np.ndarray, "state state"]:
    """`P0`: nodes are wide (`start_sd`), levels, slopes and coefficients start at zero: fixed terms anchor them."""
    wide = np.zeros(augmented.size)
    wide[: augmented.nodes + len(augmented.remembered)] = start_sd**2
    return np.diag(wide)


def pattern_of(structure: Structure, matrix: Matrix) -> Bool[np.ndarray, "..."]:
    """Cells of a matrix that hold a number."""
    out = np.zeros(structure.shape(matrix), dtype=bool)
    for where in (structure.places, structure.constants):
        if matrix in where:
            out[where[matrix].cell] = True
    return out


def reachable(links: Bool[np.ndarray, "state state"]) -> Bool[np.ndarray, "state state"]:
    """Which state (column) reaches which (row) along any number of links, itself included."""
    reach = np.eye(len(links), dtype=bool) | links
    for _ in range(len(links)):
        reach = (reach.astype(int) @ reach.astype(int)) > 0
    return reach


class Unknown(NamedTuple):
    """Steps grouped by what is unknown on them; row 0.. of each is one kind of step.

    Attributes:
        ignorance: variance added to the noise of each node.
        inputs: variance of each input column.
        gap: time since the step before.
        kind: which row holds at a step.
    """

    ignorance: Float[np.ndarray, "kind node"]
    inputs: Float[np.ndarray, "kind input"]
    gap: Float[np.ndarray, " kind"]
    kind: np.ndarray


def unknown_of(design: Design, used: list[tuple[int, int]]) -> Unknown:
    """Group steps; `used` are the (lag, input) pairs that are columns of the model."""
    inputs = design.u_variance.reshape(len(design.y), -1)[:, [lag * design.u.shape[2] + k for lag, k in used]]
    rows = np.column_stack([design.ignorance, inputs, design.gaps])
    rows[0] = rows[1] if len(rows) > 1 else rows[0]  # the first step follows nothing
    kinds, kind = np.unique(rows, axis=0, return_inverse=True)
    n = design.ignorance.shape[1]
    return Unknown(kinds[:, :n], kinds[:, n:-1], kinds[:, -1], kind.ravel())


def input_columns(structure: Structure) -> list[tuple[int, int]]:
    """The (lag, input) pairs that act on anything, in order."""
    if structure.inputs == 0:
        return []
    acts = pattern_of(structure, "inputs").any(axis=1)
    return [(int(lag), int(k)) for lag, k in np.argwhere(acts)]
