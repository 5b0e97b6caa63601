"""Centre and spread of everything in a model, so that sampling happens near unit scale."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from schemas.spec import ModelSpec
from ssm_core.model.regressors import is_recorded


class Standard(NamedTuple):
    """Centre and spread of every state, series, input and recorded regressor, in its unit."""

    centre: dict[str, float]
    spread: dict[str, float]


def standard_of(spec: ModelSpec, columns: dict[str, Float[np.ndarray, " time"]]) -> Standard:
    """Mean and standard deviation over observed steps; a two-valued input keeps its own unit (spread one).

    A hidden state has the spread of the first series that loads on it by a constant (its anchor), otherwise one, and
    no centre.

    Args:
        spec: the model.
        columns: one array per recorded series, input and recorded regressor, NaN where not observed.
    """
    centre, spread = {}, {}
    recorded = (s.name for s in spec.recorded)
    regressors = (name for name in spec.regressors if is_recorded(name))
    for name in spec.inputs:
        if not is_recorded(name):
            centre[name], spread[name] = 0.0, 1.0
    for name in dict.fromkeys((*recorded, *filter(is_recorded, spec.inputs), *regressors)):
        values = columns[name][~np.isnan(columns[name])]
        two_valued = name in spec.inputs and np.unique(values).size <= 2
        centre[name] = float(values.mean()) if values.size else 0.0
        deviation = float(values.std()) if values.size else 0.0
        spread[name] = 1.0 if two_valued or not deviation > 1e-12 * abs(centre[name]) else deviation
    for name in spec.states:
        if name not in spread:
            anchors = (c for c in spec.constants if c.matrix == "loading" and c.column == name and c.value != 0)
            anchor = next(anchors, None)
            centre[name] = 0.0
            spread[name] = spread[anchor.row] / abs(anchor.value) if anchor else 1.0
    return Standard(centre, spread)
