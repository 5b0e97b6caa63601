"""How the exposure comes about, as a small model of its own: what later exposures do after an intervention on one."""

import networkx as nx

from schemas.graph import CausalGraph
from schemas.params import Components
from schemas.spec import EXPOSURE, ModelSpec, Parameter
from ssm_core.graphs.unrolled import edges_with_memory
from tasks.modelling.default_priors import Believer
from tasks.modelling.indices import index_constants, index_of, index_terms, indexed_series, unrecorded_facts
from tasks.modelling.placement import connecting, upstream
from tasks.modelling.question import Question
from tasks.modelling.specification import regressors_for


def exposure_spec_of(graph: CausalGraph, question: Question, components: Components, daily: bool) -> ModelSpec | None:
    """`x_t = index_t + noise`, or 1 where `index_t + N(0, 1) > 0` (two-valued); the index is linear in the causes.

    Given its recorded causes the exposure says nothing about the parameters of the outcome and the other way round
    (sequential ignorability), so this model is fitted apart. None where an exposure does not change later ones: none of
    its recorded causes follows from it, its own past included. None as well where a hidden node drives it and
    something else: its equation is then in the model of the outcome.

    Args:
        graph: the candidate.
        question: sizes of the variables.
        components: trend and weekday, as for the outcome.
        daily: whether steps are days.
    """
    x = question.treatment.name
    edges = edges_with_memory(graph)
    recorded = {node.name for node in graph.nodes if node.observed}
    causes = [(source, lag) for source, target, lag in edges if target == x and source in recorded]
    following = nx.descendants(nx.DiGraph((s, t) for s, t, _ in edges), x) | {x}
    if not any(source in following for source, _ in causes):
        return None
    hidden = connecting(edges, upstream(edges, x, question.outcome.name), recorded)
    if any(target == x and source in hidden for source, target, _ in edges):
        return None
    binary, index = question.treatment.kind == "binary", index_of(x)
    regressors = regressors_for(question, components, daily)
    inputs = tuple(dict.fromkeys(source for source, _ in causes))
    believer = Believer(question, inputs, unrecorded_facts((), (x,), question))
    effects: list[Parameter] = [believer.input_effect(source, index, lag) for source, lag in causes]
    terms = index_terms(believer, x, regressors, binary)
    return ModelSpec(
        graph=graph.name + EXPOSURE,
        weight=graph.weight,
        treatment=x,
        outcome=x,
        lag=0,
        states=(index,),
        inputs=inputs,
        regressors=regressors,
        parameters=(*effects, *terms),
        series=(indexed_series(x, binary),),
        constants=index_constants(x, binary),
    )
