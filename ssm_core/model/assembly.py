"""From parameter vectors to the cells of the state-space model, and derivatives back: both halves together."""

import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from schemas.spec import ContinuousTime, ModelSpec
from ssm_core.model.augmented import augmented_of, first_state, input_columns, unknown_of
from ssm_core.model.cells import Cells, Layout, Pullback, cells_of, shapes_of
from ssm_core.model.continuous import ContinuousDynamics
from ssm_core.model.design import Design
from ssm_core.model.discrete import DiscreteDynamics
from ssm_core.model.measurement import measurement_of
from ssm_core.model.polynomial import CellsBuilder, Polynomials, TooManyTermsError
from ssm_core.model.structure import Scale, Structure, structure_of


class Assembly(NamedTuple):
    """A spec with its record, ready to be evaluated at many standardised parameter vectors side by side.

    `polynomials` covers every cell of observation, and of the dynamics where they have a short expansion; `general`
    says that they have none, so that `dynamics` writes their cells.
    """

    structure: Structure
    layout: Layout
    dynamics: DiscreteDynamics | ContinuousDynamics
    polynomials: Polynomials
    general: bool

    def cells(self, theta: Float[np.ndarray, "parameter chain"]) -> tuple[Cells, Pullback | None]:
        """Values of all cells, and the chain rule of those that `dynamics` writes."""
        cells = cells_of(self.layout, self.polynomials.fill(theta))
        return cells, self.dynamics.fill(theta, cells) if self.general else None

    def collect(
        self, theta: Float[np.ndarray, "parameter chain"], pullback: Pullback | None, adjoint: Cells
    ) -> Float[np.ndarray, "parameter chain"]:
        """Derivatives by the parameters from derivatives by the cells."""
        out = self.polynomials.collect(theta, adjoint.flat)
        if pullback is not None:
            pullback(adjoint, out)
        return out

    def stationary(self, theta: Float[np.ndarray, "parameter chain"]) -> Bool[np.ndarray, " chain"]:
        """Whether the process of the nodes is stationary; true without a look where the bounds already see to it."""
        if not self.structure.may_be_unstable:
            return np.ones(theta.shape[-1], dtype=bool)
        return self.dynamics.stationary(theta)


def assembly_of(spec: ModelSpec, scale: Scale, design: Design) -> Assembly:
    """Index a spec and its record once.

    Raises:
        ValueError: see `structure_of`.
    """
    structure = structure_of(spec)
    augmented = augmented_of(structure)
    columns = input_columns(structure)
    unknown = unknown_of(design, columns)
    kind = ContinuousDynamics if isinstance(spec.time, ContinuousTime) else DiscreteDynamics
    dynamics = kind(structure, scale, augmented, unknown)
    measurement = measurement_of(structure, scale, augmented)
    layout = Layout(
        F=dynamics.F,
        Q=dynamics.Q,
        B=dynamics.B,
        D=measurement.D,
        loadings=measurement.loadings,
        free_loadings=measurement.free[0].size,
        u=design.u.reshape(len(design.y), -1)[:, [lag * structure.inputs + k for lag, k in columns]],
        x=design.regressors,
        z=design.regressors[:, measurement.coefficients],
        y=design.y,
        known=design.error,
        scored=design.scored,
        regime=dynamics.regime,
        noise=dynamics.noise,
        m0=np.zeros(augmented.size),
        P0=first_state(augmented, spec.start_sd),
    )
    shapes = [math.prod(shape) for shape in shapes_of(layout)]
    builder, of_dynamics = CellsBuilder(sum(shapes), len(spec.parameters)), sum(shapes[:3])
    measurement.describe(builder, first=of_dynamics)
    general = isinstance(dynamics, ContinuousDynamics)
    if isinstance(dynamics, DiscreteDynamics):
        try:
            dynamics.describe(builder)
        except TooManyTermsError:
            builder.without(0, of_dynamics)
            general = True
    return Assembly(structure, layout, dynamics, builder.built(), general)
