"""The columns of the regression that stands beside the model."""

import numpy as np
import polars as pl

from ssm_core.effects.contrast import lagged
from ssm_core.model.regressors import is_recorded
from tasks.answering.checks.line import Case
from tasks.fitting.record import column, weekdays

type Place = tuple[str, int]
"""A variable and its lag."""


def adjusters(case: Case, *beside: Place) -> list[np.ndarray]:
    """Recorded inputs of the main model at their lags, and the recorded causes of the exposure before it.

    Args:
        case: with a main model.
        beside: what the regression holds anyway.
    """
    panel, lag = case.findings.panel, case.findings.protocol.lag
    places = [(p.column, p.lag) for p in case.spec.parameters if p.matrix == "inputs" and is_recorded(p.column)]
    places += [(cause.name, lag + cause.lag) for cause in case.spec.exposure_causes]
    return [lagged(column(panel, name), k) for name, k in dict.fromkeys(places) if (name, k) not in beside]


def calendar(panel: pl.DataFrame) -> np.ndarray | None:
    """One column a weekday but for Monday; None when steps are not days."""
    day = weekdays(panel)
    return None if day is None else (np.asarray(day)[:, None] == np.arange(1, 7)).astype(float)
