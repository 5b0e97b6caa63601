"""Cells that are a constant, a parameter or the square of one: two small matrix products for the whole model."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from ssm_core.model.scatter import Scatter


class Affine(NamedTuple):
    """`cells = base + linear theta + square theta^2`."""

    base: Float[np.ndarray, "cell 1"]
    linear: Float[np.ndarray, "cell parameter"]
    square: Float[np.ndarray, "cell parameter"]

    def fill(self, theta: Float[np.ndarray, "parameter chain"]) -> Float[np.ndarray, "cell chain"]:
        """All cells of every chain."""
        out = self.linear @ theta
        out += self.square @ (theta * theta)
        out += self.base
        return out

    def collect(
        self, theta: Float[np.ndarray, "parameter chain"], adjoint: Float[np.ndarray, "cell chain"]
    ) -> Float[np.ndarray, "parameter chain"]:
        """Derivatives by the parameters."""
        return self.linear.T @ adjoint + (2.0 * theta) * (self.square.T @ adjoint)


class AffineBuilder:
    """Collects what stands in each cell."""

    def __init__(self, cells: int, parameters: int) -> None:
        """All cells are zero at first."""
        self._base = np.zeros((cells, 1))
        self._linear, self._square = np.zeros((2, cells, parameters))

    def constant(self, cell: int, value: float) -> None:
        """Add a number to a cell."""
        self._base[cell] += value

    def put(self, cell: int, scatter: Scatter, at: tuple[int, ...], *, squared: bool = False) -> None:
        """Add entry `at` of a matrix to a cell, or its square."""
        value = float(scatter.base[(*at, 0)])
        self._base[cell] += value**2 if squared else value
        for parameter, place in zip(scatter.parameter, zip(*scatter.cell, strict=True), strict=True):
            if tuple(int(i) for i in place) == at:
                (self._square if squared else self._linear)[cell, parameter] += 1.0

    def built(self) -> Affine:
        """The map."""
        return Affine(self._base, self._linear, self._square)
