"""Where every number of a spec stands in the model's matrices, and on which scale it is sampled."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from schemas.spec import Constant, ContinuousTime, Matrix, ModelSpec, Parameter
from ssm_core.observations.registry import family_of

SERIES_ROWS: tuple[Matrix, ...] = ("loading", "mean", "measurement_sd", "level_sd", "slope_sd", "coefficient_sd")
"""Matrices whose rows are recorded series; the rows of the others are states."""


class Place(NamedTuple):
    """Numbers of one matrix: their positions in the parameter vector (or among the constants) and their cells."""

    parameter: Int[np.ndarray, " n"]
    cell: tuple[Int[np.ndarray, " n"], ...]


class Structure(NamedTuple):
    """The shape of a model: fixed while its parameters are sampled.

    Attributes:
        states, series, inputs, regressors: how many of each.
        causes: names of the hidden causes of shared noise.
        max_lag: longest lag among states (at least 1).
        input_lags: longest lag of an input, plus one.
        places: cells that hold parameters, per matrix.
        constants: cells that hold constants, per matrix.
        recorded_as: the state that a series is, when nothing but the state itself is recorded in it.
        may_be_unstable: whether bounds on the own lags do not already keep the process stationary.
    """

    states: int
    series: int
    inputs: int
    regressors: int
    causes: tuple[str, ...]
    max_lag: int
    input_lags: int
    places: dict[Matrix, Place]
    constants: dict[Matrix, Place]
    recorded_as: tuple[int | None, ...]
    may_be_unstable: bool

    def shape(self, matrix: Matrix) -> tuple[int, ...]:
        """Shape of one matrix of the structural model."""
        match matrix:
            case "dynamics":
                return self.max_lag, self.states, self.states
            case "instant":
                return self.states, self.states
            case "inputs":
                return self.input_lags, self.states, self.inputs
            case "shared":
                return self.states, len(self.causes)
            case "loading":
                return self.series, self.states
            case "mean" | "coefficient_sd":
                return self.series, self.regressors
            case "process_sd":
                return (self.states,)
            case "measurement_sd" | "level_sd" | "slope_sd":
                return (self.series,)

    def used(self, matrix: Matrix) -> bool:
        """Whether anything stands in a matrix."""
        return matrix in self.places or matrix in self.constants


class Scale(NamedTuple):
    """`standardised = (natural - shift) / scale`, one entry per parameter; constants already standardised."""

    shift: Float[np.ndarray, " parameter"]
    scale: Float[np.ndarray, " parameter"]
    constants: Float[np.ndarray, " constant"]


def structure_of(spec: ModelSpec) -> Structure:
    """Index a spec's numbers.

    Raises:
        ValueError: a number names something that the spec does not have, two share a cell, or a term does not exist
            in continuous time.
    """
    causes = tuple(dict.fromkeys(p.column for p in (*spec.parameters, *spec.constants) if p.matrix == "shared"))
    places, constants = _indexed(spec, spec.parameters, causes), _indexed(spec, spec.constants, causes)
    for matrix in places.keys() | constants.keys():
        cells = [
            cell for where in (places, constants) if matrix in where for cell in zip(*where[matrix].cell, strict=True)
        ]
        if len(set(cells)) < len(cells):
            raise ValueError(f"two numbers of '{spec.graph}' fill the same cell of {matrix}")
    entries = (*spec.parameters, *spec.constants)
    structure = Structure(
        states=len(spec.states),
        series=len(spec.recorded),
        inputs=len(spec.inputs),
        regressors=len(spec.regressors),
        causes=causes,
        max_lag=max([1, *(p.lag for p in entries if p.matrix == "dynamics")]),
        input_lags=1 + max([0, *(p.lag for p in entries if p.matrix == "inputs")]),
        places=places,
        constants=constants,
        recorded_as=_recorded_as(spec),
        may_be_unstable=_may_be_unstable(spec),
    )
    _check(spec, structure)
    return structure


def _indexed(spec: ModelSpec, entries: tuple[Parameter, ...] | tuple[Constant, ...], causes: tuple[str, ...]
) -> dict[Matrix, Place]:  # fmt: skip
    found: dict[Matrix, list[tuple[int, tuple[int, ...]]]] = {}
    for position, entry in enumerate(entries):
        found.setdefault(entry.matrix, []).append((position, _cell(spec, entry, causes)))
    return {
        matrix: Place(np.array([p for p, _ in cells]), tuple(map(np.array, zip(*(c for _, c in cells), strict=True))))
        for matrix, cells in found.items()
    }


def _cell(spec: ModelSpec, entry: Parameter | Constant, causes: tuple[str, ...]) -> tuple[int, ...]:
    names = tuple(s.name for s in spec.recorded) if entry.matrix in SERIES_ROWS else spec.states
    row = _position(names, entry.row, spec, entry)
    match entry.matrix:
        case "dynamics":
            return entry.lag - 1, row, _position(spec.states, entry.column, spec, entry)
        case "instant" | "loading":
            return row, _position(spec.states, entry.column, spec, entry)
        case "inputs":
            return entry.lag, row, _position(spec.inputs, entry.column, spec, entry)
        case "shared":
            return row, causes.index(entry.column)
        case "mean" | "coefficient_sd":
            return row, _position(spec.regressors, entry.column, spec, entry)
        case "process_sd" | "measurement_sd" | "level_sd" | "slope_sd":
            return (row,)


def _position(names: tuple[str, ...], name: str, spec: ModelSpec, entry: Parameter | Constant) -> int:
    if name not in names:
        known = ", ".join(names) or "none"
        raise ValueError(f"{entry.matrix} of '{spec.graph}' names '{name}'; expected one of: {known}")
    return names.index(name)


def _recorded_as(spec: ModelSpec) -> tuple[int | None, ...]:
    if not spec.series:
        return tuple(range(len(spec.states)))
    loaded = {entry.row for entry in (*spec.parameters, *spec.constants) if entry.matrix == "loading"}
    return tuple(spec.states.index(s.name) if s.name in spec.states and s.name not in loaded else None
                 for s in spec.series)  # fmt: skip


def _may_be_unstable(spec: ModelSpec) -> bool:
    dynamics = [p for p in (*spec.parameters, *spec.constants) if p.matrix in ("dynamics", "instant")]
    if any(p.lag > 1 for p in dynamics):
        return True
    links = np.zeros((len(spec.states), len(spec.states)), dtype=bool)
    for p in dynamics:
        if p.column != p.row:
            links[spec.states.index(p.row), spec.states.index(p.column)] = True
    return has_cycle(links)


def has_cycle(links: np.ndarray) -> bool:
    """Whether a directed graph, given as its adjacency matrix, has a cycle: its powers never vanish."""
    reached = links.copy()
    for _ in range(len(links)):
        reached = (reached.astype(int) @ links.astype(int)) > 0
    return bool(reached.any())


def _check(spec: ModelSpec, structure: Structure) -> None:
    if structure.used("instant"):
        links = np.zeros((structure.states, structure.states), dtype=bool)
        for where in (structure.places, structure.constants):
            if "instant" in where:
                links[where["instant"].cell] = True
        if has_cycle(links):
            raise ValueError(f"the instantaneous effects of '{spec.graph}' form a cycle")
    lagged = structure.max_lag > 1 or structure.input_lags > 1 or structure.used("instant")
    if isinstance(spec.time, ContinuousTime) and lagged:
        raise ValueError(f"'{spec.graph}' is in continuous time: expected no instant effects and no lags")
    unloaded = [s.name for s, state, row in zip(spec.recorded, structure.recorded_as, range(structure.series),
                strict=True) if state is None and not _loads(structure, row)]  # fmt: skip
    if unloaded:
        raise ValueError(f"series '{unloaded[0]}' of '{spec.graph}' is no state and loads on none")


def _loads(structure: Structure, row: int) -> bool:
    found = (where["loading"].cell[0] for where in (structure.places, structure.constants) if "loading" in where)
    return any(row in rows for rows in found)


def scale_of(spec: ModelSpec, spreads: dict[str, float], centres: dict[str, float], steps: int) -> Scale:
    """Natural size of every parameter, so that all are sampled near unit scale.

    Args:
        spec: the model.
        spreads: standard deviation of each state, series, input and regressor in its unit (0/1 inputs: one).
        centres: mean of each series in its unit.
        steps: length of the record, by which a trend is scaled.
    """
    units = [_unit(entry, spreads, steps) for entry in spec.parameters]
    # the index behind a code (0/1) has no centre of its own: zero is where the code changes
    codes = {s.name for s in spec.recorded if family_of(s.family, s.options).is_index}
    centred = [p.matrix == "mean" and p.column == "intercept" and p.row not in codes for p in spec.parameters]
    shift = [centres[p.row] if has else 0.0 for p, has in zip(spec.parameters, centred, strict=True)]
    constants = [entry.value / _unit(entry, spreads, steps) for entry in spec.constants]
    return Scale(np.array(shift), np.array(units), np.array(constants))


def _unit(entry: Parameter | Constant, spreads: dict[str, float], steps: int) -> float:
    unit = spreads[entry.row]
    match entry.matrix:
        case "dynamics" | "instant" | "inputs" | "loading":
            return unit / spreads[entry.column]
        case "mean" | "coefficient_sd" if entry.column == "trend":
            return unit / max(steps, 1)
        case "mean" | "coefficient_sd":
            return unit / spreads.get(entry.column, 1.0)
        case _:
            return unit
