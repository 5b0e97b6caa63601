"""How strong an unrecorded common cause would have to be: E-value, robustness value, a recorded benchmark."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

RISK_RATIO_PER_SD = 0.91
"""`RR = exp(0.91 d)` for a standardised mean difference `d` (Chinn 2000; VanderWeele & Ding 2017, table 2)."""


def e_value(difference: float) -> float:
    """`E = RR + sqrt(RR (RR - 1))` with `RR = exp(0.91 |d|)`: approximate, for a continuous outcome.

    The smallest risk ratio by which a hidden cause would have to go with both exposure and outcome to explain `d` away.

    Args:
        difference: effect in standard deviations of the outcome.

    Source: VanderWeele & Ding (2017, Annals of Internal Medicine 167).
    """
    ratio = float(np.exp(RISK_RATIO_PER_SD * abs(difference)))
    return ratio + float(np.sqrt(ratio * (ratio - 1.0)))


def robustness_value(t: float, degrees: float, share: float = 1.0) -> float:
    """`RV_q = (sqrt(f^4 + 4 f^2) - f^2) / 2`, `f = q |t| / sqrt(df)`: a partial R-squared.

    A hidden cause that explains this share of what is left of the exposure and of the outcome alike would take away
    `share` of the estimate.

    Args:
        t: estimate over its standard error.
        degrees: degrees of freedom of the residuals.
        share: `q`.

    Source: Cinelli & Hazlett (2020, JRSS B 82), equation 19.
    """
    f2 = (share * t) ** 2 / degrees
    return float((np.sqrt(f2**2 + 4.0 * f2) - f2) / 2.0)


def bias_of(with_outcome: float, with_exposure: float, se: float, degrees: float) -> float:
    """`|bias| = se sqrt(df) sqrt(R2_yz R2_xz / (1 - R2_xz))`.

    Args:
        with_outcome: partial R-squared of the hidden cause with the outcome, exposure and adjusters given.
        with_exposure: with the exposure, adjusters given; below one.
        se: standard error of the estimate.
        degrees: degrees of freedom.

    Source: Cinelli & Hazlett (2020), equation 14.
    """
    return float(se * np.sqrt(degrees * with_outcome * with_exposure / (1.0 - with_exposure)))


class Regression(NamedTuple):
    """Least squares of an outcome: coefficient of the exposure, its standard error, degrees of freedom."""

    estimate: float
    se: float
    degrees: int


def regression(
    y: Float[np.ndarray, " row"], x: Float[np.ndarray, " row"], others: Float[np.ndarray, "row column"]
) -> Regression | None:
    """Ordinary least squares of `y` on `x` and `others` (with an intercept among them); None when it is singular."""
    design = np.column_stack([x, others])
    rows, columns = design.shape
    if rows <= columns or np.linalg.matrix_rank(design) < columns:
        return None
    coefficients, *_ = np.linalg.lstsq(design, y, rcond=None)
    residual = y - design @ coefficients
    degrees = rows - columns
    variance = float(residual @ residual) / degrees
    se = float(np.sqrt(variance * np.linalg.inv(design.T @ design)[0, 0]))
    return Regression(float(coefficients[0]), se, degrees) if se > 0 else None


def partial_r2(
    y: Float[np.ndarray, " row"], added: Float[np.ndarray, "row column"], others: Float[np.ndarray, "row column"]
) -> float:
    """Share of the variance of `y` left by `others` that `added` explains."""
    without, within = _residual(y, others), _residual(y, np.column_stack([others, added]))
    total = float(without @ without)
    return 0.0 if total <= 0 else max(0.0, 1.0 - float(within @ within) / total)


def _residual(y: Float[np.ndarray, " row"], design: Float[np.ndarray, "row column"]) -> Float[np.ndarray, " row"]:
    return y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
