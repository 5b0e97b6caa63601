"""Dose-response over doses that the record holds, no further."""

import numpy as np
from jaxtyping import Float

from ssm_core.effects.lived import as_lived, sd_of_single
from ssm_core.effects.setting import Quantity, Setting

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Quantiles of the recorded exposure at which the response is read."""


def doses_of(recorded: Float[np.ndarray, " time"]) -> Float[np.ndarray, " dose"]:
    """Doses a person has had: quantiles that are recorded values; none for an exposure of two values or fewer."""
    known = recorded[~np.isnan(recorded)]
    if np.unique(known).size < 3:
        return np.zeros(0)
    return np.unique(np.quantile(known, LEVELS, method="inverted_cdf"))


def dose_response(setting: Setting) -> list[Quantity]:
    """`E[y_t | do(x_{t-lag} = dose), past] - E[y_t | do(x_{t-lag} = reference), past]`, linear in the dose.

    The reference itself, where the response is zero, is left out.

    The reference is the contrast's lower value where that lies within the recorded range, else the recorded median.
    """
    if setting.recorded is None:
        return []
    doses = doses_of(setting.recorded)
    if doses.size == 0:
        return []
    low, middle, high = np.nanquantile(setting.recorded, [0.0, 0.5, 1.0])
    against = setting.reference if low <= setting.reference <= high else float(middle)
    reason = setting.missing(setting.lag)
    per_unit = None if reason else setting.at(setting.lag) / setting.size
    out = []
    for dose in map(float, doses[doses != against]):
        expected = Quantity(
            "dose_response", "expected", setting.lag, None if per_unit is None else per_unit * (dose - against),
            "E[y(t) | do(x(t-K)=dose), past] - E[y(t) | do(x(t-K)=reference), past]; a straight line by the model",
            reason=reason, contrast=f"{dose:.4g} versus {against:.4g}", dose=dose,
        )  # fmt: skip
        lived = "difference between two single steps with these doses, as they would be lived"
        out += [expected, as_lived(setting, expected, sd_of_single(setting, setting.lag), lived)]
    return out
