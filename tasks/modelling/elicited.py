"""What a language model proposed, in the terms of the study: roles, candidate graphs, priors."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import polars as pl

from schemas.graph import CausalGraph, Edge, Node, NoHiddenCommonCause
from schemas.params import StudyParams
from schemas.protocol import Call, EdgeBelief, FeatureProposal
from schemas.recording import ProposedGraph, ProposedPrior, VariableRole, VariablesReply
from schemas.spec import ModelSpec, Parameter
from tasks.llm.exchange import Answerer
from tasks.llm.inputs import AskedPrior, PriorFamily, VariableSummary, summaries, typical_size
from tasks.llm.pair_scores import EdgeProbability
from tasks.llm.roles.graphs import candidate_graphs
from tasks.llm.roles.pairs import edge_probabilities
from tasks.llm.roles.priors import parameter_priors
from tasks.llm.roles.variables import variable_roles
from tasks.modelling.asking.features import Derivable, asked_by_model, proposals_of, require_derived, roles_with
from tasks.modelling.asking.prior_doubts import doubter
from tasks.modelling.constraints import constrained, is_forbidden, with_hidden_cause
from tasks.modelling.edge_beliefs import pooled, with_weights
from tasks.modelling.question import Question, question_of, usable_names
from tasks.modelling.specification import lag_of, spec_of
from tasks.modelling.time_order import in_time

LONGEST_LAG = 3
REAL: tuple[PriorFamily, ...] = ("normal", "student_t")
POSITIVE: tuple[PriorFamily, ...] = ("log_normal", "half_normal", "gamma")
PERSISTENCE: tuple[PriorFamily, ...] = ("truncated_normal", "beta")


class Elicited(NamedTuple):
    """Everything the model was asked before the fit; empty when no model is used."""

    roles: Mapping[str, VariableRole]
    graphs: tuple[CausalGraph, ...]
    priors: Mapping[str, ProposedPrior]
    calls: tuple[Call, ...]
    beliefs: tuple[EdgeBelief, ...] = ()
    features: tuple[FeatureProposal, ...] = ()
    prior_doubts: tuple[str, ...] = ()


NOTHING_ELICITED = Elicited({}, (), {}, ())


def first_role(answer: Answerer, params: StudyParams, catalog: pl.DataFrame, derivable: Derivable) -> VariablesReply:
    """Role 1 as it was answered: roles of what is recorded, and features to derive.

    Raises:
        RecordingMissing: in replay, when it was never recorded.
        ReplyUnusable: when no turn brought an acceptable reply.
    """
    study, own = params.study, asked_by_model(params)
    shown = tuple(each for each in _shown(catalog) if each.name not in own)
    return variable_roles(answer, study.question, shown, study.treatment, study.outcome, derivable)


def named(
    answer: Answerer, params: StudyParams, catalog: pl.DataFrame, derivable: Derivable
) -> tuple[StudyParams, VariablesReply]:
    """Role 1 with the roles of derived variables; it also names exposure and outcome when the person did not.

    Raises:
        StudyError: it names one that is not derived yet.
    """
    study = params.study
    reply = first_role(answer, params, catalog, derivable)
    present = tuple(each.name for each in _shown(catalog))
    require_derived(reply, present)
    reply = roles_with(reply, present)
    found = {role.role: role.name for role in reply.roles if role.role in ("exposure", "outcome")}
    study = study.model_copy(
        update={
            "treatment": study.treatment or found.get("exposure"),
            "outcome": study.outcome or found.get("outcome"),
        }
    )
    return params.model_copy(update={"study": study}), reply


def _shown(catalog: pl.DataFrame) -> tuple[VariableSummary, ...]:
    """Only what a graph can hold is offered to the model."""
    return summaries(catalog.filter(pl.col("variable").is_in(list(usable_names(catalog)))))


def elicit(
    answer: Answerer, params: StudyParams, catalog: pl.DataFrame, daily: bool, derivable: Derivable | None = None
) -> tuple[StudyParams, Question, Elicited]:
    """Ask for roles and features, then graphs, then priors of the models that those graphs give.

    Args:
        answer: source of replies.
        params: the study's parameters.
        catalog: its variables.
        daily: whether a step is a day.
        derivable: for each kind of feature the variables it can be made from.

    Returns:
        the parameters with exposure and outcome named, the question in the catalogue's terms, and all replies.

    Raises:
        StudyError: exposure or outcome cannot be used.
        RecordingMissing: in replay, the first reply that was never recorded.
        ReplyUnusable: a role had no acceptable reply.
    """
    params, roles = named(answer, params, catalog, derivable or {})
    question = question_of(params, catalog)
    x, y = question.treatment.name, question.outcome.name
    proposals = candidate_graphs(
        answer, question.text, _shown(catalog), x, y, roles,
        params.study.randomised, LONGEST_LAG, params.configure.llm.graph_samples,
    )  # fmt: skip
    asked = _asked_alone(answer, params, question, roles, catalog, daily)
    candidates, beliefs = pooled(proposals.graphs, asked)
    graphs = tuple(
        in_time(with_weights(_graph(i, proposal, question, params), beliefs if asked else ()), question, params)
        for i, proposal in enumerate(candidates)
    )
    imposed = [constrained(graph, params) for graph in graphs]
    lag = lag_of(params, imposed[0], question)
    specs = [spec_of(graph, question, lag, params.configure.components, daily) for graph in imposed]
    doubt = doubter(imposed, question, lag, params.configure.components, daily)
    priors = parameter_priors(answer, question.text, x, y, _asked(specs, question), doubt)
    return (
        params,
        question,
        Elicited(
            roles={role.name: role for role in roles.roles},
            graphs=graphs,
            priors={prior.parameter: prior for prior in priors.priors},
            calls=answer.calls,
            beliefs=beliefs if asked else (),
            features=proposals_of(roles, tuple(each.name for each in _shown(catalog))),
            prior_doubts=priors.doubts,
        ),
    )


def _asked_alone(
    answer: Answerer, params: StudyParams, question: Question, roles: VariablesReply, catalog: pl.DataFrame, daily: bool
) -> tuple[EdgeProbability, ...]:
    """Edge by edge, where `configure.llm.pairwise` wants it; what cannot be is not asked about."""
    if not params.configure.llm.pairwise:
        return ()
    x, y = question.treatment.name, question.outcome.name
    said = {role.name: role.role for role in roles.roles}
    names = [each.name for each in _shown(catalog) if said.get(each.name) != "ignore" or each.name in (x, y)]

    def possible(cause: str, effect: str, lag: int) -> bool:
        too_early = (cause, effect) == (x, y) and lag < (params.study.lag or 0)
        assigned = params.study.randomised and effect == x
        return not (too_early or assigned or is_forbidden(params, cause, effect, lag))

    step = "day" if daily else "step"
    return edge_probabilities(answer, names, possible, params.configure.llm.pair_lag, step)


def _graph(index: int, proposal: ProposedGraph, question: Question, params: StudyParams) -> CausalGraph:
    x, y = question.treatment.name, question.outcome.name
    names = dict.fromkeys([x, y, *(n for edge in proposal.edges for n in (edge.cause, edge.effect))])
    graph = CausalGraph(
        name="primary" if index == 0 else f"alternative_{index}",
        nodes=tuple(Node(name=name, memory=not (name == x and params.study.randomised)) for name in names),
        edges=tuple(
            Edge(source=edge.cause, target=edge.effect, lag=edge.lag, asserted_by="model", reason=edge.reason)
            for edge in proposal.edges
        ),
        weight=proposal.plausibility,
        no_hidden_common_cause=_assertion(proposal, question, params),
        summary=proposal.summary,
    )
    return with_hidden_cause(graph, x, y, proposal.hidden_reason) if proposal.hidden_common_cause else graph


def _assertion(proposal: ProposedGraph, question: Question, params: StudyParams) -> tuple[NoHiddenCommonCause, ...]:
    pair = {"exposure": question.treatment.name, "outcome": question.outcome.name}
    if params.study.randomised:
        return (NoHiddenCommonCause(**pair, asserted_by="design", reason="the exposure was assigned at random"),)
    if proposal.hidden_common_cause:
        return ()
    if params.configure.no_hidden_common_cause is not None:
        reason = params.configure.no_hidden_common_cause.reason
        return (NoHiddenCommonCause(**pair, asserted_by="person", reason=reason),)
    return (NoHiddenCommonCause(**pair, asserted_by="model", reason=proposal.hidden_reason or "none named"),)


def _asked(specs: Sequence[ModelSpec], question: Question) -> list[AskedPrior]:
    """The outcome's own parameters and the exposure's effects on it, once each."""
    y = question.outcome
    typical = typical_size(y.mean, y.sd, y.unit or None)
    parameters = {p.name: p for spec in specs for p in spec.parameters if p.row == y.name}
    asked = [(p, _meaning(p, question)) for p in parameters.values()]
    return [AskedPrior(p.name, meaning[0], p.unit, meaning[1], typical) for p, meaning in asked if meaning]


def _meaning(parameter: Parameter, question: Question) -> tuple[str, tuple[PriorFamily, ...]] | None:
    x, y = question.treatment.name, question.outcome.name
    match parameter.matrix, parameter.column:
        case "inputs", column if column == x:
            change = f"change of {y} {parameter.lag} step(s) after a change of {x} by one unit ({question.contrast})"
            return change, REAL
        case "dynamics", column if column == y and parameter.lag == 1:
            return f"share of a deviation of {y} that is left one step later, between minus one and one", PERSISTENCE
        case "process_sd", _:
            return f"standard deviation of the unexplained step-to-step variation of {y}", POSITIVE
        case "mean", "intercept":
            return f"usual level of {y}", REAL
        case _:
            return None
