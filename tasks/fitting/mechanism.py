"""The fitted model of the exposure as a mechanism that can be run again."""

import numpy as np
import polars as pl

from schemas.params import Infer
from schemas.spec import ModelSpec
from ssm_core.effects.mechanism import Cause, Mechanism
from ssm_core.model.simulate import drift_of, mean_of
from tasks.fitting.record import column, prepared
from tasks.fitting.sampling import posterior_of


def mechanism_of(spec: ModelSpec, theta: np.ndarray, panel: pl.DataFrame, settings: Infer) -> Mechanism:
    """Read coefficients and index path off draws.

    Args:
        spec: a model of the exposure (`tasks.modelling.exposure`).
        theta: draws, `draw x parameter`, in the units of the data.
        panel: the record.
        settings: which kernel to prepare (none is run).
    """
    ready = prepared(spec, panel)
    target = posterior_of(spec, ready, settings)
    cells, _ = target.assembly.cells(((theta - ready.scale.shift) / ready.scale.scale).T)
    spread = ready.standard.spread[spec.treatment]
    index = (mean_of(target.assembly.layout, cells)[:, 0] + drift_of(target.assembly.layout, cells, 1)[:, 0]).T * spread
    coded = spec.recorded[0].family == "probit"
    index = index if coded else index + ready.standard.centre[spec.treatment]
    causes, unknown = [], np.zeros(panel.height, dtype=bool)
    for k, parameter in enumerate(spec.parameters):
        if parameter.matrix == "inputs":
            causes.append(Cause(parameter.column, parameter.lag, theta[:, k]))
            values = column(panel, parameter.column)
            late = np.isnan(values[: values.size - parameter.lag]) if parameter.lag else np.isnan(values)
            unknown |= np.concatenate([np.ones(parameter.lag, dtype=bool), late])
    unknown[0] = True  # the first index follows nothing
    index[:, unknown] = np.nan
    noise = next(
        (theta[:, k] for k, p in enumerate(spec.parameters) if p.matrix == "measurement_sd"), np.ones(len(theta))
    )
    return Mechanism(index, noise, tuple(causes), column(panel, spec.treatment), coded)


def mechanism_within(spec: ModelSpec, theta: np.ndarray, horizon: int) -> Mechanism:
    """The equation of a continuous exposure that stands in the model of the outcome, since a hidden node drives it.

    `x_t = index_t + noise` is linear in its causes, recorded or hidden, so that two worlds differ by the same whatever
    the record and the path of what is hidden: both cancel, and a stretch of zeros stands for any other.

    Args:
        spec: a model with an index behind the exposure.
        theta: draws, `draw x parameter`, in the units of the data.
        horizon: steps that are followed.
    """
    causes = tuple(
        Cause(p.column, p.lag, theta[:, k])
        for k, p in enumerate(spec.parameters)
        if p.row in spec.exposure_index and p.matrix in ("inputs", "instant", "dynamics")
    )
    index = np.zeros((len(theta), horizon + 1))
    return Mechanism(index, np.ones(len(theta)), causes, index[0], coded=False)
