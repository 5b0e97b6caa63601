"""From a candidate graph to its state-space model: which nodes are states, which are inputs, and every free number."""

from schemas.errors import StudyError
from schemas.graph import CausalGraph
from schemas.params import Components, StudyParams
from schemas.spec import Cause, Constant, ModelSpec, Parameter, Series
from ssm_core.graphs.unrolled import smallest_lag
from ssm_core.model.regressors import slow_waves
from tasks.modelling.default_priors import Believer
from tasks.modelling.indices import index_constants, index_of, index_terms, indexed_series, unrecorded_facts
from tasks.modelling.placement import Placement, placement_of
from tasks.modelling.question import Question

TREND_FROM_STEPS = 20
WEEKDAY_FROM_STEPS = 28


def spec_of(graph: CausalGraph, question: Question, lag: int, components: Components, daily: bool) -> ModelSpec:
    """The model of one graph, see `placement_of` for what takes part.

    A hidden node has news of standard deviation one and acts with a positive sign on its first child; a recorded node
    with a hidden cause that is not a state is seen through an index (its sign, for a two-valued one; with noise,
    otherwise), which holds what causes it.

    Raises:
        StudyError: the graph leaves nothing to estimate.
    """
    x, y = question.treatment.name, question.outcome.name
    binary = frozenset(f.name for f in (question.treatment, *question.others) if f.kind == "binary")
    placed = placement_of(graph, x, y, lag, binary)
    regressors = regressors_for(question, components, daily)
    believer = Believer(question, placed.inputs, unrecorded_facts(placed.hidden, placed.indexed, question))
    parameters = [
        *_edge_parameters(placed, believer),
        *(_mean(believer, state, name) for state in placed.states for name in regressors if _wanted(state, name, y)),
        *(believer.noise(state) for state in placed.states),
        *(p for name in placed.indexed for p in index_terms(believer, name, regressors, name in binary)),
    ]
    if components.trend in ("random_walk", "local"):
        parameters.append(believer.level(y))
    if components.trend == "local":
        parameters.append(believer.slope(y))
    plain = not placed.hidden and not placed.indexed
    recorded = {node.name for node in graph.nodes if node.observed}
    return ModelSpec(
        graph=graph.name,
        weight=graph.weight,
        treatment=x,
        outcome=y,
        lag=lag,
        states=(*placed.states, *placed.hidden, *map(index_of, placed.indexed)),
        inputs=placed.inputs,
        regressors=regressors,
        parameters=tuple(parameters),
        exposure_causes=tuple(
            Cause(name=source, lag=lag) for source, target, lag in placed.edges if target == x and source in recorded
        ),
        series=()
        if plain
        else (
            *(Series(name=name) for name in placed.states),
            *(indexed_series(n, n in binary) for n in placed.indexed),
        ),
        constants=(
            *(Constant(matrix="process_sd", row=name, value=1.0) for name in placed.hidden),
            *(c for name in placed.indexed for c in index_constants(name, name in binary)),
        ),
    )


def lag_of(params: StudyParams, primary: CausalGraph, question: Question) -> int:
    """The declared lag, otherwise the smallest total lag over directed paths of the primary graph (0 without one)."""
    if params.study.lag is not None:
        return params.study.lag
    return smallest_lag(primary, question.treatment.name, question.outcome.name) or 0


def regressors_for(question: Question, components: Components, daily: bool) -> tuple[str, ...]:
    """Terms of the mean that the record is long enough for.

    Raises:
        StudyError: a calendar term is asked for where steps are not days.
    """
    names = ["intercept"]
    if components.trend in ("linear", "smooth", "local") or (
        components.trend == "auto" and question.steps >= TREND_FROM_STEPS
    ):
        names.append("trend")
    if components.trend == "smooth":
        names += slow_waves(question.steps)
    if components.weekday == "yes" and not daily:
        got = "a record whose steps are not days"
        raise StudyError("daily steps for a weekday pattern", got, "params.yaml at configure.components.weekday")
    if components.weekday == "yes" or (components.weekday == "auto" and daily and question.steps >= WEEKDAY_FROM_STEPS):
        names += [f"weekday_{k}" for k in range(1, 7)]
    if components.annual and not daily:
        got = "a record whose steps are not days"
        raise StudyError("daily steps for a pattern over the year", got, "params.yaml at configure.components.annual")
    for k in range(1, components.annual + 1):
        names += [f"annual_sin_{k}", f"annual_cos_{k}"]
    return tuple(names)


def _wanted(state: str, regressor: str, outcome: str) -> bool:
    return state == outcome or regressor in ("intercept", "trend")


def _edge_parameters(placed: Placement, believer: Believer) -> list[Parameter]:
    edges = placed.edges
    parameters, signed = [], set()
    for source, target, lag in edges:
        row = index_of(target) if target in placed.indexed else target
        if row not in (*placed.states, *placed.hidden) and target not in placed.indexed:
            continue
        if source in placed.hidden and source == target:
            parameters.append(believer.hidden_persistence(source))
        elif source in placed.hidden:
            parameters.append(believer.hidden_effect(source, row, lag, anchor=source not in signed))
            signed.add(source)
        elif source in placed.inputs or source in placed.indexed:
            parameters.append(believer.input_effect(source, row, lag))
        elif source == target:
            parameters.append(believer.persistence(target, lag))
        else:
            parameters.append(believer.state_effect(source, row, lag))
    return parameters


def _mean(believer: Believer, state: str, regressor: str) -> Parameter:
    match regressor:
        case "intercept":
            return believer.intercept(state)
        case "trend":
            return believer.trend(state)
        case _ if regressor.startswith("annual"):
            return believer.season(state, regressor)
        case _ if regressor.startswith("wave"):
            return believer.slow(state, regressor)
        case _:
            return believer.weekday(state, regressor)
