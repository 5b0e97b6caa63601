"""statsmodels: the compiled Kalman filter and its score by complex steps (the library's default); it has no sampler."""

import numpy as np
from statsmodels.tsa.statespace.mlemodel import MLEModel

from benchmarks.engine import problem as reference
from benchmarks.engine.job import Callbacks, Gradient, main
from benchmarks.engine.problem import INITIAL_VARIANCE, Matrix, Problem, Spec, Vector


class Reference(MLEModel):
    """The reference problem in the library's own terms; its intercept at column `t` moves the state to `t + 1`."""

    def __init__(self, problem: Problem) -> None:
        self.spec: Spec = problem.spec
        super().__init__(problem.y, k_states=problem.spec.n, k_posdef=problem.spec.n)
        self.ahead = np.roll(problem.u.T, -1, axis=1)
        self["selection"] = np.eye(problem.spec.n)
        self.ssm.initialize_known(np.zeros(problem.spec.n), INITIAL_VARIANCE * np.eye(problem.spec.n))
        self.ssm.filter_univariate = True

    @property
    def param_names(self) -> list[str]:
        """One name for each parameter."""
        return [f"{name}{i}" for name, block in self.spec.blocks.items() for i in range(block.stop - block.start)]

    @property
    def start_params(self) -> Vector:
        """The truth."""
        return reference.truth(self.spec)

    def update(self, params: Vector, *args: object, **kwargs: object) -> None:
        """Put natural parameters, real or complex, into the matrices."""
        params = super().update(params, *args, **kwargs)
        shape, part = self.spec, {name: params[block] for name, block in self.spec.blocks.items()}
        A, B, C = (
            np.diag(part["a"]),
            np.zeros((shape.n, shape.k), params.dtype),
            np.eye(shape.m, shape.n, dtype=params.dtype),
        )
        for matrix, cells, name in ((A, shape.off, "off"), (B, shape.b, "b"), (C, shape.lam, "lam")):
            rows, columns = zip(*cells, strict=True)
            matrix[list(rows), list(columns)] = part[name]
        self["transition"], self["design"], self["state_intercept"] = A, C, B @ self.ahead
        self["state_cov"], self["obs_cov"] = np.diag(part["q"] ** 2), np.diag(part["r"] ** 2)
        self["obs_intercept"] = part["d"][:, None]


def gradient(problem: Problem) -> Gradient:
    """Score of the log-likelihood, chained to the unconstrained scale, plus the gradient of the prior."""
    model = Reference(problem)

    def evaluate(theta: Matrix) -> tuple[Vector, Matrix]:
        values, gradients = zip(*(one(point) for point in theta), strict=True)
        return np.array(values), np.array(gradients)

    def one(theta: Vector) -> tuple[float, Vector]:
        values = reference.natural(problem.spec, theta)
        slope = model.score(values) * reference.slope(problem.spec, theta)
        value = model.loglike(values) + reference.log_prior(problem.spec, theta)
        return value, slope + reference.prior_gradient(problem.spec, theta)

    return Gradient(evaluate, "univariate filter, score by complex steps")


if __name__ == "__main__":
    main(Callbacks(gradient=gradient))
