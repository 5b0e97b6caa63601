"""Where every parameter of a spec stands in the model's matrices, and on which scale it is sampled."""

from typing import NamedTuple

import networkx as nx
import numpy as np
from jaxtyping import Float, Int

from schemas.spec import Matrix, ModelSpec, Parameter


class Place(NamedTuple):
    """Parameters of one matrix: their positions in the parameter vector and the cells they fill."""

    parameter: Int[np.ndarray, " n"]
    cell: tuple[Int[np.ndarray, " n"], ...]


class Structure(NamedTuple):
    """The shape of a model: fixed while its parameters are sampled.

    Attributes:
        states, inputs, regressors: how many of each.
        max_lag: longest lag among states (at least 1).
        input_lags: longest lag of an input, plus one.
        places: cells to fill, per matrix.
        levels: whether there are random-walk levels.
        may_be_unstable: whether bounds on the own lags do not already keep the process stationary.
    """

    states: int
    inputs: int
    regressors: int
    max_lag: int
    input_lags: int
    places: dict[Matrix, Place]
    levels: bool
    may_be_unstable: bool


class Scale(NamedTuple):
    """`standardised = (natural - shift) / scale`, one entry per parameter."""

    shift: Float[np.ndarray, " parameter"]
    scale: Float[np.ndarray, " parameter"]


def structure_of(spec: ModelSpec) -> Structure:
    """Index a spec's parameters.

    Raises:
        ValueError: a parameter names a state, input or regressor that the spec does not have, or two share a cell.
    """
    indexed: dict[Matrix, list[tuple[int, tuple[int, ...]]]] = {}
    for position, parameter in enumerate(spec.parameters):
        indexed.setdefault(parameter.matrix, []).append((position, _cell(spec, parameter)))
    for matrix, entries in indexed.items():
        if len({cell for _, cell in entries}) < len(entries):
            raise ValueError(f"two parameters of '{spec.graph}' fill the same cell of {matrix}")
    places = {
        matrix: Place(
            np.array([p for p, _ in entries]), tuple(map(np.array, zip(*(c for _, c in entries), strict=True)))
        )
        for matrix, entries in indexed.items()
    }
    return Structure(
        states=len(spec.states),
        inputs=len(spec.inputs),
        regressors=len(spec.regressors),
        max_lag=max([1, *(p.lag for p in spec.parameters if p.matrix == "dynamics")]),
        input_lags=1 + max([0, *(p.lag for p in spec.parameters if p.matrix == "inputs")]),
        places=places,
        levels="level_sd" in places,
        may_be_unstable=_may_be_unstable(spec),
    )


def _cell(spec: ModelSpec, parameter: Parameter) -> tuple[int, ...]:
    row = spec.states.index(parameter.row)
    match parameter.matrix:
        case "dynamics":
            return parameter.lag - 1, row, spec.states.index(parameter.column)
        case "instant":
            return row, spec.states.index(parameter.column)
        case "inputs":
            return parameter.lag, row, spec.inputs.index(parameter.column)
        case "mean":
            return row, spec.regressors.index(parameter.column)
        case "process_sd" | "measurement_sd" | "level_sd":
            return (row,)


def _may_be_unstable(spec: ModelSpec) -> bool:
    dynamics = [p for p in spec.parameters if p.matrix == "dynamics"]
    if any(p.lag > 1 for p in dynamics):
        return True
    links = [(p.column, p.row) for p in spec.parameters if p.matrix in ("dynamics", "instant") and p.column != p.row]
    return not nx.is_directed_acyclic_graph(nx.DiGraph(links))


def scale_of(spec: ModelSpec, spreads: dict[str, float], centres: dict[str, float], steps: int) -> Scale:
    """Natural size of every parameter, so that all are sampled near unit scale.

    Args:
        spec: the model.
        spreads: standard deviation of each state and input in its unit (inputs that are 0/1: one).
        centres: mean of each state in its unit.
        steps: length of the record, by which a trend is scaled.
    """
    shift, scale = [], []
    for parameter in spec.parameters:
        unit = spreads[parameter.row]
        match parameter.matrix:
            case "dynamics" | "instant" | "inputs":
                scale.append(unit / spreads[parameter.column])
            case "mean" if parameter.column == "trend":
                scale.append(unit / max(steps, 1))
            case _:
                scale.append(unit)
        shift.append(centres[parameter.row] if parameter.column == "intercept" else 0.0)
    return Scale(np.array(shift), np.array(scale))
