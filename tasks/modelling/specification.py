"""From a candidate graph to its state-space model: which nodes are states, which are inputs, and every free number."""

import networkx as nx

from schemas.errors import StudyError
from schemas.graph import CausalGraph
from schemas.params import Components, StudyParams
from schemas.spec import Cause, ModelSpec, Parameter
from ssm_core.graphs.unrolled import edges_with_memory, smallest_lag
from tasks.modelling.default_priors import Believer
from tasks.modelling.question import Question

TREND_FROM_STEPS = 20
WEEKDAY_FROM_STEPS = 28


def spec_of(graph: CausalGraph, question: Question, lag: int, components: Components, daily: bool) -> ModelSpec:
    """The model of one graph: only what is upstream of the outcome takes part.

    Nodes that follow the exposure (the outcome, mediators, confounders that react) are states with their own
    equations; the exposure and what precedes it enter as inputs as they were recorded (sequential ignorability).
    Hidden nodes are left out: a graph is fitted only when adjusting for recorded variables identifies its effect.

    Raises:
        StudyError: the graph leaves nothing to estimate.
    """
    x, y = question.treatment.name, question.outcome.name
    edges = [e for e in edges_with_memory(graph) if _observed(graph, e[0]) and _observed(graph, e[1])]
    summary = nx.DiGraph((source, target) for source, target, _ in edges)
    summary.add_nodes_from([x, y])
    relevant = nx.ancestors(summary, y) | {y}
    following = nx.descendants(summary, x)
    states = (y, *sorted(n for n in relevant & following if n not in (x, y)))
    inputs = (x, *sorted(n for n in relevant - following if n not in (x, y)))
    if not any(source == x and target in states for source, target, _ in edges):
        inputs = inputs[1:]
    regressors = _regressors(question, components, daily)
    believer = Believer(question, inputs)
    parameters = [
        *_edge_parameters(edges, states, inputs, believer),
        *(_mean(believer, state, name) for state in states for name in regressors if _wanted(state, name, y)),
        *(believer.noise(state) for state in states),
    ]
    if components.trend in ("random_walk", "local"):
        parameters.append(believer.level(y))
    if components.trend == "local":
        parameters.append(believer.slope(y))
    return ModelSpec(
        graph=graph.name,
        weight=graph.weight,
        treatment=x,
        outcome=y,
        lag=lag,
        states=states,
        inputs=inputs,
        regressors=regressors,
        parameters=tuple(parameters),
        exposure_causes=tuple(Cause(name=source, lag=lag) for source, target, lag in edges if target == x),
    )


def lag_of(params: StudyParams, primary: CausalGraph, question: Question) -> int:
    """The declared lag, otherwise the smallest total lag over directed paths of the primary graph (0 without one)."""
    if params.study.lag is not None:
        return params.study.lag
    return smallest_lag(primary, question.treatment.name, question.outcome.name) or 0


def _observed(graph: CausalGraph, name: str) -> bool:
    return next(node.observed for node in graph.nodes if node.name == name)


def _regressors(question: Question, components: Components, daily: bool) -> tuple[str, ...]:
    names = ["intercept"]
    if components.trend in ("linear", "local") or (components.trend == "auto" and question.steps >= TREND_FROM_STEPS):
        names.append("trend")
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


def _edge_parameters(
    edges: list[tuple[str, str, int]], states: tuple[str, ...], inputs: tuple[str, ...], believer: Believer
) -> list[Parameter]:
    first = {
        (source, target): min(lag for s, t, lag in edges if (s, t) == (source, target)) for source, target, _ in edges
    }
    parameters = []
    for source, target, lag in edges:
        if target not in states:
            continue
        if source == target:
            parameters.append(believer.persistence(target, lag))
        elif source in inputs:
            parameters.append(believer.input_effect(source, target, lag, later=lag > first[source, target]))
        elif source in states:
            parameters.append(believer.state_effect(source, target, lag))
    return parameters


def _mean(believer: Believer, state: str, regressor: str) -> Parameter:
    match regressor:
        case "intercept":
            return believer.intercept(state)
        case "trend":
            return believer.trend(state)
        case _ if regressor.startswith("annual"):
            return believer.season(state, regressor)
        case _:
            return believer.weekday(state, regressor)
