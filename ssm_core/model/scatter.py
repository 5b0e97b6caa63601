"""Parameters into the cells of one matrix, many chains at once, and derivatives back."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from schemas.spec import Matrix
from ssm_core.model.structure import Scale, Structure


class Scatter(NamedTuple):
    """One matrix of the structural model: constants in place, and where the parameters go.

    Attributes:
        base: constants (zero elsewhere), the chain axis of length one.
        parameter: positions in the parameter vector.
        cell: where they stand.
    """

    base: Float[np.ndarray, "*cells 1"]
    parameter: Int[np.ndarray, " n"]
    cell: tuple[Int[np.ndarray, " n"], ...]

    def fill(self, theta: Float[np.ndarray, "parameter chain"]) -> Float[np.ndarray, "*cells chain"]:
        """The matrix for every chain."""
        out = np.empty((*self.base.shape[:-1], theta.shape[-1]))
        out[...] = self.base
        if self.parameter.size:
            out[self.cell] = theta[self.parameter]
        return out

    def collect(self, adjoint: Float[np.ndarray, "*cells chain"], into: Float[np.ndarray, "parameter chain"]) -> None:
        """Derivatives by the parameters of this matrix."""
        if self.parameter.size:
            into[self.parameter] = adjoint[self.cell]


def scatter_of(structure: Structure, scale: Scale, matrix: Matrix) -> Scatter:
    """Index one matrix."""
    base = np.zeros((*structure.shape(matrix), 1))
    if matrix in structure.constants:
        place = structure.constants[matrix]
        base[(*place.cell, 0)] = scale.constants[place.parameter]
    if matrix in structure.places:
        return Scatter(base, *structure.places[matrix])
    return Scatter(base, np.zeros(0, dtype=int), ())
