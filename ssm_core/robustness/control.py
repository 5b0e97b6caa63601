"""What an effect that must be zero comes out as, and whether the test could have seen a bias that matters."""

from scipy import stats

LEVEL = 0.05


def power(bias: float, se: float, level: float = LEVEL) -> float:
    """`P(|Z| > z_{1 - level/2})` for `Z ~ N(bias / se, 1)`: how often a two-sided test sees a bias of this size.

    Args:
        bias: the bias.
        se: standard error of the estimate that is tested, above zero.
        level: of the test.
    """
    away, limit = abs(bias) / se, stats.norm.ppf(1.0 - level / 2.0)
    return float(stats.norm.sf(limit - away) + stats.norm.cdf(-limit - away))


def two_sided(estimate: float, se: float) -> float:
    """`p = 2 (1 - Phi(|estimate| / se))`."""
    return float(2.0 * stats.norm.sf(abs(estimate) / se))
