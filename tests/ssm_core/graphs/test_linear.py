"""What a stationary linear-Gaussian model would resolve, against autocovariances differentiated numerically."""

import numpy as np
import pytest
from scipy.linalg import solve_discrete_lyapunov

from ssm_core.graphs.linear import locally_identified
from ssm_core.graphs.unrolled import causal_order, edges_with_memory, longest_lag
from tests.ssm_core.graphs.making import graph


def autocovariances_and_effect(candidate, theta, lag, most):
    """Companion form and discrete Lyapunov equation: nothing in common with the spectrum modulo a prime."""
    names = causal_order(candidate)
    n, longest = len(names), longest_lag(candidate)
    observed = [names.index(node.name) for node in candidate.nodes if node.observed]
    edges = edges_with_memory(candidate)
    B = np.zeros((longest + 1, n, n))
    for (source, target, k), value in zip(edges, theta, strict=False):
        B[k, names.index(target), names.index(source)] = value
    D = np.ones(n)
    D[observed] = theta[len(edges) :]
    now = np.linalg.inv(np.eye(n) - B[0])
    F = np.zeros((n * longest, n * longest))
    F[:n] = np.hstack([now @ B[k] for k in range(1, longest + 1)])
    F[n:, :-n] = np.eye(n * (longest - 1))
    Q = np.zeros_like(F)
    Q[:n, :n] = now @ np.diag(D) @ now.T
    covariance = solve_discrete_lyapunov(F, Q)
    out = []
    for _ in range(most):
        out.append(covariance[:n, :n][np.ix_(observed, observed)].ravel())
        covariance = F @ covariance
    effects = [now]
    for k in range(1, lag + 1):
        effects.append(now @ sum(B[j] @ effects[k - j] for j in range(1, min(k, longest) + 1)))
    return np.concatenate(out), effects[lag][names.index("Y"), names.index("X")]


def numerically(candidate, lag, seed=0):
    """Whether the effect's gradient lies in the row space of the Jacobian, by finite differences at a random point."""
    rng = np.random.default_rng(seed)
    edges = len(edges_with_memory(candidate))
    seen = sum(node.observed for node in candidate.nodes)
    theta = np.concatenate([rng.uniform(0.2, 0.45, edges) * rng.choice([-1, 1], edges), rng.uniform(0.5, 2, seen)])
    most = 2 * len(candidate.nodes) * longest_lag(candidate)

    def at(point):
        covariances, effect = autocovariances_and_effect(candidate, point, lag, most)
        return np.append(covariances, effect)

    rows = np.stack([(at(theta + 1e-5 * e) - at(theta - 1e-5 * e)) / 2e-5 for e in np.eye(theta.size)], 1)
    jacobian, gradient = rows[:-1], rows[-1]
    _, values, directions = np.linalg.svd(jacobian)
    free = directions[(values > 1e-7 * values[0]).sum() :]
    return np.abs(free @ gradient).max(initial=0.0) < 1e-4


@pytest.mark.parametrize(
    ("candidate", "lag", "resolved"),
    [
        (graph("Z~ X~ Y~ U*~", "Z>X@0 X>Y@0 U>X@0 U>Y@0"), 0, True),
        (graph("X~ Y~ U*~", "X>Y@0 U>X@0 U>Y@0"), 0, False),
        (graph("X Y U*~", "X>Y@0 U>X@0 U>Y@0"), 0, True),
        (graph("X~ Y U*~", "X>Y@0 U>X@0 U>Y@0"), 0, False),
        (graph("X Y U*~", "X>Y@1 U>X@0 U>Y@1"), 1, True),
        (graph("X Y U*", "X>Y@0 U>X@1 U>Y@1"), 0, True),
        (graph("X~ Y~ U*", "X>Y@0 U>X@0 U>Y@0"), 0, True),
        (graph("X~ M~ Y~ U*~", "X>M@0 M>Y@0 U>X@0 U>M@0"), 0, False),
        (graph("X~ Y~ P~ U*~", "X>Y@0 U>X@0 U>Y@0 U>P@0"), 0, False),
        (graph("X~ Y~ P~ R~ U*~", "X>Y@0 U>X@0 U>Y@0 U>P@0 U>R@0"), 0, True),
        (graph("X Y", "X>Y@0 Y>X@1"), 0, True),
    ],
)
def test_local_identification_of_the_linear_model(candidate, lag, resolved):
    assert locally_identified(candidate, "X", "Y", lag) is resolved
    assert numerically(candidate, lag) == resolved


def test_a_model_too_large_is_not_examined():
    names = [f"N{i}" for i in range(101)]
    assert locally_identified(graph(" ".join(["X", "Y", *names]), "X>Y@0"), "X", "Y", 0) is None
