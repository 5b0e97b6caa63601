"""Role 2: several candidate causal graphs, checked for what no graph may contain."""

from collections import Counter
from collections.abc import Sequence

import networkx as nx

from schemas.recording import GraphsReply, ProposedEdge, ProposedGraph, VariablesReply
from tasks.llm.conversation import Question
from tasks.llm.exchange import Answerer
from tasks.llm.inputs import VariableSummary
from tasks.llm.prompt import quoted, render
from tasks.llm.reply_schema import reply_schema

_MOST = 6
_SAMPLING_TEMPERATURE = 0.7


def candidate_graphs(
    answer: Answerer,
    question: str,
    variables: Sequence[VariableSummary],
    treatment: str,
    outcome: str,
    roles: VariablesReply,
    randomised: bool,
    max_lag: int,
    samples: int,
) -> GraphsReply:
    """Distinct graphs, the most plausible first, plausibilities adding up to one.

    The first asking uses the temperature of `params.yaml`; further samples use at least 0.7, as they would
    otherwise repeat the first. A graph proposed in several samples collects their plausibilities.

    Args:
        answer: source of replies.
        question: the person's question.
        variables: those that may be nodes; the ones with role `ignore` are left out.
        treatment: the exposure.
        outcome: the outcome.
        roles: what role 1 said.
        randomised: whether the exposure was assigned at random: then nothing may point to it.
        max_lag: the largest lag of an edge.
        samples: how often to ask.

    Raises:
        RecordingMissing: in replay, when it was never recorded.
        ReplyUnusable: when a sample brought no acceptable reply within its turns.
    """
    said = {role.name: role.role for role in roles.roles}
    kept = [each for each in variables if said.get(each.name) != "ignore" or each.name in (treatment, outcome)]
    names = [each.name for each in kept]
    data = {
        "question": question,
        "treatment": treatment,
        "outcome": outcome,
        "variables": [{**each._asdict(), "role": said.get(each.name)} for each in kept],
    }
    prompt = render("graphs", data, randomised=randomised, max_lag=max_lag)
    schema = reply_schema(GraphsReply, {("ProposedEdge", "cause"): names, ("ProposedEdge", "effect"): names})
    protected = treatment if randomised else None
    questions = [
        Question(
            prompt,
            GraphsReply,
            schema,
            lambda reply: graphs_problems(reply, names, protected, max_lag),
            sample=sample,
            temperature=_SAMPLING_TEMPERATURE if sample else None,
        )
        for sample in range(samples)
    ]
    return pooled(answer.ask_each(questions))


def pooled(replies: Sequence[GraphsReply]) -> GraphsReply:
    """Equal graphs become one; plausibilities are normalised within each reply and averaged over replies."""
    first: dict[object, ProposedGraph] = {}
    weight: dict[object, float] = {}
    for reply in replies:
        total = sum(graph.plausibility for graph in reply.graphs)
        for graph in reply.graphs:
            key = _identity(graph)
            first.setdefault(key, graph)
            weight[key] = weight.get(key, 0.0) + graph.plausibility / total
    best = sorted(first, key=lambda key: -weight[key])[:_MOST]
    total = sum(weight[key] for key in best)
    return GraphsReply(
        graphs=tuple(first[key].model_copy(update={"plausibility": weight[key] / total}) for key in best)
    )


def _identity(graph: ProposedGraph) -> object:
    return frozenset((edge.cause, edge.effect, edge.lag) for edge in graph.edges), graph.hidden_common_cause


def graphs_problems(reply: GraphsReply, names: Sequence[str], randomised: str | None, max_lag: int) -> list[str]:
    """Why a reply of role 2 cannot be used; empty when it can.

    Args:
        reply: the candidates.
        names: the valid nodes.
        randomised: the exposure when it was assigned at random.
        max_lag: the largest lag of an edge.
    """
    return [
        f"graph {number}: {problem}"
        for number, graph in enumerate(reply.graphs, start=1)
        for problem in _problems(graph, names, randomised, max_lag)
    ]


def _problems(graph: ProposedGraph, names: Sequence[str], randomised: str | None, max_lag: int) -> list[str]:
    valid = ", ".join(quoted(name) for name in names)
    unknown = dict.fromkeys(n for edge in graph.edges for n in (edge.cause, edge.effect) if n not in names)
    counts = Counter((edge.cause, edge.effect, edge.lag) for edge in graph.edges)
    into_randomised = [edge for edge in graph.edges if edge.effect == randomised and edge.cause != randomised]
    hidden = graph.hidden_common_cause
    return [
        *(f"{quoted(name)} is not one of the variables; the valid names are {valid}" for name in unknown),
        *(f"the edge {_shown(edge)} exceeds the largest lag {max_lag}" for edge in graph.edges if edge.lag > max_lag),
        *(f"{quoted(c)} to {quoted(e)} at lag {lag} stands there twice" for (c, e, lag), n in counts.items() if n > 1),
        *(f"{_shown(edge)}: nothing causes an exposure that was assigned at random" for edge in into_randomised),
        *(["an exposure assigned at random has no hidden common cause"] if hidden and randomised else []),
        *(["hidden_reason must say what the hidden common cause is"] if hidden and not graph.hidden_reason else []),
        *_cycle(graph.edges),
    ]


def _shown(edge: ProposedEdge) -> str:
    return f"{quoted(edge.cause)} to {quoted(edge.effect)} at lag {edge.lag}"


def _cycle(edges: Sequence[ProposedEdge]) -> list[str]:
    """Within one step causes form no cycle; a variable that causes itself is the shortest one."""
    within = nx.DiGraph((edge.cause, edge.effect) for edge in edges if edge.lag == 0)
    if nx.is_directed_acyclic_graph(within):
        return []
    around = [cause for cause, _ in nx.find_cycle(within)]
    return [f"the edges at lag 0 form a cycle: {' to '.join(quoted(name) for name in (*around, around[0]))}"]
