"""Evidence for a child's parents in closed form, equal for graphs that no data can tell apart."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float
from scipy.special import gammaln

from ssm_core.discovery.lagged import Scatter

PRIOR_ROWS = 2.0
"""`a`: with `t` = 1 the prior mean of a column's variance is its own spread squared."""
PRIOR_SCALE = 1.0
"""`t`: a coefficient between standardised columns has prior standard deviation sigma / sqrt(t)."""


def log_evidence(scatter: Scatter, sets: Sequence[Sequence[int]]) -> Float[np.ndarray, " set"]:
    """Log density of several sets of columns A, mean and covariance integrated out.

    `p(D_A) = pi^(-lN/2) G_l((N+a+l)/2) / G_l((a+l)/2) |tI|^((a+l)/2) / |tI + S_A|^((N+a+l)/2)`, where G_l is the
    multivariate gamma function, l the size of A, N the degrees of freedom: rows are normal with an inverse-Wishart
    covariance (scale tI, a + l degrees of freedom, consistent under leaving columns out) and flat coefficients for
    what was projected out.

    Args:
        scatter: second moments of standardised columns.
        sets: positions in `scatter.columns`.

    Source: Geiger & Heckerman (2002), theorem 1; Kuipers, Moffa & Heckerman (2014), equation 3.
    """
    out = np.zeros(len(sets))
    sizes = np.array([len(members) for members in sets])
    for size in set(sizes.tolist()) - {0}:
        chosen = np.flatnonzero(sizes == size)
        index = np.array([sets[i] for i in chosen.tolist()])
        blocks = scatter.S[index[:, :, None], index[:, None, :]] + PRIOR_SCALE * np.eye(size)
        before, after = (PRIOR_ROWS + size) / 2, (scatter.freedom + PRIOR_ROWS + size) / 2
        constant = _log_gamma(after, size) - _log_gamma(before, size) + before * size * np.log(PRIOR_SCALE)
        constant -= size * scatter.freedom / 2 * np.log(np.pi)
        out[chosen] = constant - after * np.linalg.slogdet(blocks).logabsdet
    return out


def _log_gamma(x: float, size: int) -> float:
    """Log of the multivariate gamma function without its power of pi, which cancels in ratios."""
    return float(gammaln(x - np.arange(size) / 2).sum())


def log_scores(scatter: Scatter, child: int, parents: Sequence[Sequence[int]]) -> Float[np.ndarray, " set"]:
    """`log p(child | parents) = log p(D_{child + parents}) - log p(D_parents)` for several sets of parents.

    This is the evidence of the child's regression under a normal-inverse-gamma prior: `beta | s2 ~ N(0, s2 / t I)`,
    `s2 ~ IG((a + 1 + k) / 2, t / 2)` for k parents. Turning an edge between two nodes with the same other parents
    leaves the sum over both children as it is, so graphs with equal implications get equal scores.

    Args:
        scatter: second moments of standardised columns.
        child: position of the child at lag 0.
        parents: positions, for each set.

    Source: Heckerman, Geiger & Chickering (1995), score equivalence.
    """
    return log_evidence(scatter, [sorted({child, *members}) for members in parents]) - log_evidence(scatter, parents)
