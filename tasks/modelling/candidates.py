"""Candidate graphs by deterministic rules, for a study without a language model."""

from collections.abc import Sequence

from schemas.graph import AssertedBy, CausalGraph, Edge, Node, NoHiddenCommonCause
from schemas.params import StudyParams
from tasks.fitting.record import LEAST_COVERAGE
from tasks.knowledge.table import KnownPair, known
from tasks.modelling.controls import controls_of
from tasks.modelling.question import Question, VariableFacts
from tasks.modelling.time_order import over_before

EARLIER_COLUMNS_SHARE = 0.5
"""Prior weight of the graph in which undecided columns acted the step before; nothing speaks for either."""


def rule_graphs(question: Question, params: StudyParams) -> tuple[CausalGraph, ...]:
    """What time order and declarations allow, and nothing else.

    The primary graph holds exposure, outcome, their own pasts, declared confounders, and columns that the table of
    general knowledge (`tasks/knowledge`) has among the causes of the exposure, at the delay it gives. A column that may
    follow the exposure is never adjusted for on the same step; columns about which nothing is known form a second
    graph, in which only their previous step acts.
    """
    lag = params.study.lag or 0
    declared = [f for f in question.others if params.configure.roles.get(f.name) == "confounder"]
    before = [] if params.study.randomised else _known_before(question, params)
    general = [edge for f in before for edge in _general(question, f)]
    primary = CausalGraph(
        name="primary",
        nodes=_nodes(question, params, [*declared, *before]),
        edges=(*_core_edges(question, params, lag), *_confounding(question, declared, 0, params, "person"), *general),
        no_hidden_common_cause=(_assertion(question, params),),
        summary="The exposure acts on the outcome; both remember their own past.",
    )
    undecided = [f for f in _undecided(question, params) if f not in before]
    if params.study.randomised or not undecided:
        return (primary,)
    names = ", ".join(f.name for f in undecided)
    second = CausalGraph(
        name="with_earlier_columns",
        nodes=_nodes(question, params, [*declared, *before, *undecided]),
        edges=(*primary.edges, *_confounding(question, undecided, 1, params, "rule")),
        weight=EARLIER_COLUMNS_SHARE,
        no_hidden_common_cause=primary.no_hidden_common_cause,
        summary=f"As the primary graph, and what the day before was like ({names}) drives both.",
    )
    return (primary.model_copy(update={"weight": 1 - EARLIER_COLUMNS_SHARE}), second)


def _undecided(question: Question, params: StudyParams) -> list[VariableFacts]:
    taken = params.configure.roles.keys() | controls_of(params)
    free = [f for f in question.others if f.name not in taken and f.coverage >= LEAST_COVERAGE]
    return free[: params.configure.max_adjusters]


def _known_before(question: Question, params: StudyParams) -> list[VariableFacts]:
    """Undecided columns that are in general a cause of the exposure and none of its effects."""
    x = question.treatment.name
    return [f for f in _undecided(question, params) if known(f.name, x) is not None and known(x, f.name) is None]


def _general(question: Question, cause: VariableFacts) -> list[Edge]:
    """Its edges to exposure and outcome; where the table is silent on the outcome, at the exposure's delay."""
    to_exposure = known(cause.name, question.treatment.name)
    if to_exposure is None:
        return []
    to_outcome = known(cause.name, question.outcome.name)
    lag = max(to_outcome.lag if to_outcome is not None else to_exposure.lag, _later(question, cause))
    reason = (
        "drives the exposure in general, so it may drive the outcome" if to_outcome is None else _source(to_outcome)
    )
    x, y = question.treatment.name, question.outcome.name
    return [
        Edge(source=cause.name, target=x, lag=to_exposure.lag, asserted_by="rule", reason=_source(to_exposure)),
        Edge(source=cause.name, target=y, lag=lag, asserted_by="rule", reason=reason),
    ]


def _source(pair: KnownPair) -> str:
    return f"general knowledge: {pair.reference}"


def _nodes(question: Question, params: StudyParams, further: Sequence[VariableFacts]) -> tuple[Node, ...]:
    own = (
        Node(name=question.treatment.name, memory=not params.study.randomised),
        Node(name=question.outcome.name),
    )
    return (*own, *(Node(name=f.name) for f in further))


def _core_edges(question: Question, params: StudyParams, lag: int) -> tuple[Edge, ...]:
    x, y = question.treatment.name, question.outcome.name
    edges = [Edge(source=x, target=y, lag=lag, asserted_by="person", reason="the question")]
    if params.configure.components.carry_over:
        reason = "the exposure may still act one step later"
        edges.append(Edge(source=x, target=y, lag=lag + 1, asserted_by="rule", reason=reason))
    if not params.study.randomised:
        at_once = lag > 0 and over_before(question.outcome, question.treatment)
        reason = (
            f"people react to {'what came before on the same step' if at_once else 'how they felt the step before'}"
        )
        edges.append(Edge(source=y, target=x, lag=0 if at_once else 1, asserted_by="rule", reason=reason))
    return tuple(edges)


def _confounding(
    question: Question, causes: Sequence[VariableFacts], lag: int, params: StudyParams, by: AssertedBy
) -> list[Edge]:
    targets = [question.outcome.name] if params.study.randomised else [question.treatment.name, question.outcome.name]
    reason = "declared a confounder" if by == "person" else "may drive both; only its previous step surely comes first"
    y = question.outcome.name
    return [
        Edge(source=cause.name, target=to, lag=lag + (to == y) * _later(question, cause), asserted_by=by, reason=reason)
        for cause in causes
        for to in targets
    ]


def _later(question: Question, cause: VariableFacts) -> int:
    """Steps by which a cause must act later, since the outcome of its own step is over before it."""
    return int(over_before(question.outcome, cause))


def _assertion(question: Question, params: StudyParams) -> NoHiddenCommonCause:
    by, reason = ("default", "nobody said so: an assumption of this analysis")
    if params.study.randomised:
        by, reason = ("design", "the exposure was assigned at random")
    elif params.configure.no_hidden_common_cause is not None:
        by, reason = ("person", params.configure.no_hidden_common_cause.reason)
    return NoHiddenCommonCause(
        exposure=question.treatment.name, outcome=question.outcome.name, asserted_by=by, reason=reason
    )
