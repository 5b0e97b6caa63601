"""Can this record answer this question at all? Asked before anything expensive."""

import numpy as np
import polars as pl

from schemas.errors import StudyError
from schemas.spec import ModelSpec
from ssm_core.contrast import lagged
from tasks.fitting.record import column


def check_record(spec: ModelSpec, panel: pl.DataFrame, min_steps: int) -> None:
    """Refuse a record that holds nothing to compare.

    Raises:
        StudyError: a constant or empty exposure or outcome, or too few steps on which both were recorded.
    """
    x, y = column(panel, spec.treatment), column(panel, spec.outcome)
    for role, name, values in (("exposure", spec.treatment, x), ("outcome", spec.outcome, y)):
        recorded = values[~np.isnan(values)]
        where = f"data/panel.parquet, column '{name}'"
        if recorded.size == 0:
            raise StudyError(f"an {role} with values", "none at all", where)
        if np.ptp(recorded) == 0:
            raise StudyError(f"an {role} that varies", f"{recorded.size} times the value {recorded[0]:g}", where)
    usable = int((~np.isnan(lagged(x, spec.lag)) & ~np.isnan(y)).sum())
    if usable < min_steps:
        got = f"{usable} of {panel.height} steps"
        where = f"data/panel.parquet, columns '{spec.treatment}' and '{spec.outcome}'"
        fix = "record longer, or lower infer.min_steps in params.yaml knowing how little that can tell"
        raise StudyError(f"at least {min_steps} steps with both exposure and outcome recorded", got, where, fix)
