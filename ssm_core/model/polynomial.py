"""Cells that are polynomials of the parameters: expanded once as symbols, evaluated for many chains at once."""

from typing import NamedTuple, Self

import numpy as np
from jaxtyping import Float, Int

from ssm_core.model.scatter import Scatter

MOST_TERMS = 10_000
"""Monomials of one model; with more, products of matrices are cheaper than their expansion."""

MOST_PRODUCTS = 1_000_000
"""Pairs of monomials in one product, so that what is too long is found out within a fraction of a second."""


class TooManyTermsError(Exception):
    """The expansion is longer than `MOST_TERMS`."""


class Polynomial:
    """A sum of monomials; each is a sorted tuple of parameters, repeated for powers, with its coefficient."""

    __slots__ = ("terms",)

    def __init__(self, terms: dict[tuple[int, ...], float]) -> None:
        """Keep the monomials.

        Raises:
            TooManyTermsError: there are too many.
        """
        if len(terms) > MOST_TERMS:
            raise TooManyTermsError
        self.terms = terms

    @classmethod
    def constant(cls, value: float) -> Self:
        """A number."""
        return cls({(): value} if value else {})

    def __add__(self, other: "Polynomial") -> "Polynomial":
        """Their sum."""
        out = dict(self.terms)
        for monomial, coefficient in other.terms.items():
            out[monomial] = out.get(monomial, 0.0) + coefficient
        return Polynomial(out)

    def __mul__(self, other: "Polynomial") -> "Polynomial":
        """Their product."""
        if len(self.terms) * len(other.terms) > MOST_PRODUCTS:
            raise TooManyTermsError
        out: dict[tuple[int, ...], float] = {}
        for one, a in self.terms.items():
            for two, b in other.terms.items():
                monomial = tuple(sorted(one + two))
                out[monomial] = out.get(monomial, 0.0) + a * b
        return Polynomial(out)

    def times(self, number: float) -> "Polynomial":
        """A multiple of it."""
        return Polynomial({monomial: number * a for monomial, a in self.terms.items()} if number else {})


Symbols = np.ndarray
"""A matrix whose entries are `Polynomial`."""


def symbols_of(scatter: Scatter) -> Symbols:
    """A matrix of the model with its parameters as symbols."""
    out = np.empty(scatter.base.shape[:-1], dtype=object)
    for cell in np.ndindex(out.shape):
        out[cell] = Polynomial.constant(float(scatter.base[(*cell, 0)]))
    for parameter, cell in zip(scatter.parameter, zip(*scatter.cell, strict=True), strict=True):
        out[tuple(int(i) for i in cell)] = Polynomial({(int(parameter),): 1.0})
    return out


def identity(size: int) -> Symbols:
    """Ones on the diagonal."""
    out = np.empty((size, size), dtype=object)
    for cell in np.ndindex(out.shape):
        out[cell] = Polynomial.constant(float(cell[0] == cell[1]))
    return out


class Polynomials(NamedTuple):
    """`cell = base + sum of coefficient * theta_i * theta_j * ..` for every cell of the model.

    Attributes:
        base: constants, the chain axis of length one.
        cell: of every monomial, in ascending order.
        factors: its parameters; rows are filled up with `parameters`, the position of a one behind the last of them.
        coefficient: of every monomial.
        parameters: their number.
    """

    base: Float[np.ndarray, "cell 1"]
    cell: Int[np.ndarray, " term"]
    factors: Int[np.ndarray, "term degree"]
    coefficient: Float[np.ndarray, " term"]
    parameters: int

    def fill(self, theta: Float[np.ndarray, "parameter chain"]) -> Float[np.ndarray, "cell chain"]:
        """All cells of every chain."""
        out = np.repeat(self.base, theta.shape[1], axis=1)
        np.add.at(out, self.cell, self.coefficient[:, None] * self._values(theta).prod(axis=1))
        return out

    def collect(
        self, theta: Float[np.ndarray, "parameter chain"], adjoint: Float[np.ndarray, "cell chain"]
    ) -> Float[np.ndarray, "parameter chain"]:
        """Derivatives by the parameters: of each factor, the product of the others."""
        out, values = np.zeros((self.parameters + 1, theta.shape[1])), self._values(theta)
        given = self.coefficient[:, None] * adjoint[self.cell]
        for k in range(values.shape[1]):
            others = np.delete(values, k, axis=1).prod(axis=1)
            np.add.at(out, self.factors[:, k], given * others)
        return out[:-1]

    def _values(self, theta: Float[np.ndarray, "parameter chain"]) -> Float[np.ndarray, "term degree chain"]:
        return np.concatenate([theta, np.ones((1, theta.shape[1]))])[self.factors]


class CellsBuilder:
    """Collects what stands in each cell."""

    def __init__(self, cells: int, parameters: int) -> None:
        """All cells are zero at first."""
        self._base, self._parameters = np.zeros((cells, 1)), parameters
        self._terms: list[tuple[int, tuple[int, ...], float]] = []

    def add(self, cell: int, value: Polynomial) -> None:
        """Add a polynomial to a cell.

        Raises:
            TooManyTermsError: all together are too long.
        """
        for monomial, coefficient in value.terms.items():
            if monomial:
                self._terms.append((cell, monomial, coefficient))
            else:
                self._base[cell] += coefficient
        if len(self._terms) > MOST_TERMS:
            raise TooManyTermsError

    def without(self, first: int, last: int) -> None:
        """Forget what was added to the cells from `first` to before `last`."""
        self._base[first:last] = 0.0
        self._terms = [term for term in self._terms if not first <= term[0] < last]

    def built(self) -> Polynomials:
        """The map."""
        terms = sorted(self._terms, key=lambda term: term[0])
        degree = max((len(monomial) for _, monomial, _ in terms), default=0)
        factors = np.full((len(terms), degree), self._parameters)
        for k, (_, monomial, _) in enumerate(terms):
            factors[k, : len(monomial)] = monomial
        cell = np.array([term[0] for term in terms], dtype=int)
        coefficient = np.array([term[2] for term in terms], dtype=float)
        return Polynomials(self._base, cell, factors, coefficient, self._parameters)
