"""The log posterior of a spec on the whole line, with its gradient, for many chains at once; no JAX needed."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from schemas.prior import Prior
from schemas.spec import ModelSpec
from ssm_core.inference.kernels import Choice, kernel_for
from ssm_core.model.assembly import Assembly, assembly_of
from ssm_core.model.cells import SHARED, Kernel, Mixture
from ssm_core.model.design import Design
from ssm_core.model.priors import standardised
from ssm_core.model.structure import Scale
from ssm_core.model.unconstrained import Group, groups_of, table_of
from ssm_core.native.bindings import NativeKernel
from ssm_core.native.density import NativeDensity

Points = Float[np.ndarray, "parameter chain"]


class Evaluation(NamedTuple):
    """Log posterior (up to the evidence) and its gradient at one point per chain; -inf where impossible."""

    log_likelihood: Float[np.ndarray, " chain"]
    log_prior: Float[np.ndarray, " chain"]
    gradient: Points

    @property
    def value(self) -> Float[np.ndarray, " chain"]:
        """Their sum."""
        return self.log_likelihood + self.log_prior


class LogPosterior:
    """`log p(y | theta(x)) + log p(theta(x)) + log |d theta / dx|` for `x` on the whole line, one column per chain."""

    def __init__(self, spec: ModelSpec, scale: Scale, design: Design, kernel: Choice = "auto") -> None:
        """Index the model and lay the record out for the kernel.

        Raises:
            ValueError: the spec does not fit together, or a prior cannot be moved to the scale that is sampled.
            KernelUnavailableError: the kernel asked for cannot run here.
        """
        self.spec, self.scale = spec, scale
        self.assembly: Assembly = assembly_of(spec, scale, design)
        chosen = kernel_for(self.assembly.layout, kernel)
        self.kernel: Kernel = chosen.kernel
        self.kernel_name, self.kernel_reason = chosen.name, chosen.reason
        self.priors = sampled_priors(spec, scale)
        self._groups: tuple[Group, ...] = groups_of(self.priors)
        self._order = np.concatenate([group.members for group in self._groups])
        self._back = np.argsort(self._order)
        self._compiled: NativeDensity | None = None
        if isinstance(self.kernel, NativeKernel):
            self._compiled = NativeDensity(self.kernel, table_of(self.priors), self.assembly.polynomials)
        self.dimension = len(spec.parameters)
        self.evaluations = 0

    def constrain(self, x: Points) -> Points:
        """Standardised parameters."""
        theta = np.empty_like(x)
        for group in self._groups:
            theta[group.members] = group.at(x[group.members], *group.constants).theta
        return theta

    def unconstrain(self, theta: Points) -> Points:
        """The inverse of `constrain`."""
        x = np.empty_like(theta)
        for group in self._groups:
            x[group.members] = group.back(theta[group.members], *group.constants)
        return x

    def slope(self, x: Points) -> Points:
        """`d theta / dx`."""
        return self._prior(x)[1]

    def natural(self, x: Points) -> Points:
        """Parameters in the units of the data."""
        return self.scale.shift[:, None] + self.scale.scale[:, None] * self.constrain(x)

    def __call__(self, x: Points, mixture: Mixture = SHARED) -> Evaluation:
        """Value and gradient: in one call of the compiled library where all cells are short polynomials."""
        self.evaluations += x.shape[1]
        if self._compiled is None or self.assembly.general:
            return self._assembled(x, mixture)
        theta, *density = self._compiled(x, mixture)
        return self._stationary(theta, Evaluation(*density))

    def _assembled(self, x: Points, mixture: Mixture) -> Evaluation:
        """The same step by step, for models whose cells are no short polynomials, and for other kernels."""
        theta, slope, log_prior, gradient = self._prior(x)
        with np.errstate(all="ignore"):  # a wild proposal may overflow; its value is then -inf
            cells, pullback = self.assembly.cells(theta)
            value, adjoint = self.kernel.value_and_adjoint(cells, mixture)
            gradient += slope * self.assembly.collect(theta, pullback, adjoint)
            possible = np.isfinite(value) & np.isfinite(gradient).all(axis=0)
        return self._stationary(theta, _where(possible, Evaluation(value, log_prior, gradient)))

    def _stationary(self, theta: Points, at: Evaluation) -> Evaluation:
        """Impossible where the process is not stationary."""
        if not self.assembly.structure.may_be_unstable:
            return at
        return _where(self.assembly.stationary(_finite(theta)), at)

    def value(self, x: Points, mixture: Mixture = SHARED) -> Float[np.ndarray, " chain"]:
        """Log posterior alone, at less than half the cost."""
        return self.log_likelihood(x, mixture) + self._prior(x)[2]

    def log_likelihood(self, x: Points, mixture: Mixture = SHARED) -> Float[np.ndarray, " chain"]:
        """Log-likelihood alone."""
        with np.errstate(all="ignore"):
            theta = self.constrain(x)
            cells, _ = self.assembly.cells(theta)
            value = self.kernel.value(cells, mixture)
        if self.assembly.structure.may_be_unstable:
            value = np.where(self.assembly.stationary(_finite(theta)), value, -np.inf)
        return np.where(np.isnan(value), -np.inf, value)

    def _prior(self, x: Points) -> tuple[Points, Points, Float[np.ndarray, " chain"], Points]:
        """`theta`, `d theta / dx`, log prior of x (Jacobian included) and its gradient, family by family."""
        return self._prior_in_numpy(x) if self._compiled is None else self._compiled.priors(x)

    def _prior_in_numpy(self, x: Points) -> tuple[Points, Points, Float[np.ndarray, " chain"], Points]:
        """The witness of the compiled one, and what runs where no compiler is."""
        theta, slope, gradient = np.empty((3, *x.shape))
        log_prior = np.zeros(x.shape[1])
        by_family, at = x[self._order], 0
        with np.errstate(all="ignore"):
            for group in self._groups:
                rows = slice(at, at + group.members.size)
                theta[rows], slope[rows], log_density, gradient[rows] = group.at(by_family[rows], *group.constants)
                log_prior += log_density.sum(axis=0)
                at = rows.stop
        return theta[self._back], slope[self._back], log_prior, gradient[self._back]


def _where(possible: Bool[np.ndarray, " chain"], at: Evaluation) -> Evaluation:
    """The value -inf and the gradient 0 elsewhere."""
    if possible.all():
        return at
    value, gradient = np.where(possible, at.log_likelihood, -np.inf), np.where(possible, at.gradient, 0.0)
    return Evaluation(value, at.log_prior, gradient)


def _finite(theta: Points) -> Points:
    """Eigenvalues of infinities cannot be asked for; such chains are impossible anyhow."""
    return np.where(np.isfinite(theta), theta, 0.0)


def sampled_priors(spec: ModelSpec, scale: Scale) -> list[Prior]:
    """The prior of every parameter on the scale that is sampled, in the order of the spec."""
    return [
        standardised(parameter.prior, float(shift), float(factor))
        for parameter, shift, factor in zip(spec.parameters, scale.shift, scale.scale, strict=True)
    ]
