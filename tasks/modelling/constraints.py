"""What the person requires or forbids, and what a design implies, imposed on every candidate graph."""

from schemas.errors import StudyError
from schemas.graph import CausalGraph, Edge, Node
from schemas.params import EdgeRule, StudyParams
from ssm_core.graphs.unrolled import instantaneous_cycle
from tasks.modelling.controls import check_controls

HIDDEN = "unrecorded_common_cause"


def check_rules(params: StudyParams, variables: frozenset[str]) -> None:
    """Refuse rules that contradict each other or name what is not there.

    Raises:
        StudyError: an unknown variable, the same edge required and forbidden, an edge required into a randomised
            exposure, an edge required from a variable to itself on the same step, a hidden node without an edge or with
            the name of a variable, a design without randomisation, a plan that is no variable, a negative control that
            is no other variable or that a rule or role makes something else.
    """
    rules = [("require", rule) for rule in params.configure.require] + [("forbid", r) for r in params.configure.forbid]
    _check_hidden(params, variables)
    _check_design(params, variables)
    check_controls(params, variables)
    known = variables | params.configure.hidden.keys()
    for kind, rule in rules:
        for name in (rule.source, rule.target):
            if name not in known:
                where = f"params.yaml at configure.{kind}"
                raise StudyError(f"one of the variables: {', '.join(sorted(known))}", f"'{name}'", where)
    _check_roles(params, variables)
    for required in params.configure.require:
        clashes = [rule for rule in params.configure.forbid if _covers(rule, required)]
        if clashes:
            raise StudyError(
                "edges either required or forbidden", f"{_words(required)} in both", "params.yaml at configure"
            )
        if params.study.randomised and required.target == params.study.treatment:
            got = f"{_words(required)} is required"
            raise StudyError(
                "no cause of an exposure that was assigned at random", got, "params.yaml at configure.require"
            )
        if required.source == required.target and required.lag == 0:
            raise StudyError(
                "a lag of at least one from a variable to itself", _words(required), "params.yaml at configure.require"
            )


def _check_hidden(params: StudyParams, variables: frozenset[str]) -> None:
    where = "params.yaml at configure.hidden"
    edges = {name for rule in params.configure.require for name in (rule.source, rule.target)}
    for name in params.configure.hidden:
        if name in variables:
            raise StudyError("a name that no recorded variable has", f"'{name}'", where)
        if name not in edges:
            what_to_do = f"add one there, such as {{from: {name}, to: {params.study.outcome or 'OUTCOME'}}}"
            raise StudyError(f"an edge of '{name}' in configure.require", "none", where, what_to_do)


def _check_design(params: StudyParams, variables: frozenset[str]) -> None:
    study = params.study
    for name, given in (("planned", study.planned), ("guessed", study.guessed)):
        if given is not None and given not in variables:
            known = f"one of the variables: {', '.join(sorted(variables))}"
            raise StudyError(known, f"'{given}'", f"params.yaml at study.{name}")
        if given is not None and given in (study.treatment, study.outcome):
            raise StudyError("a column of its own", f"'{given}', which the question is about", f"study.{name}")
    if study.randomised:
        return
    for name, given in (("design", study.design), ("planned", study.planned), ("guessed", study.guessed)):
        if given is not None:
            raise StudyError(
                "randomised: true beside it", "randomised: false", f"params.yaml at study.{name}",
                "set study.randomised if chance decided the exposure, otherwise take it out",
            )  # fmt: skip


def _check_roles(params: StudyParams, variables: frozenset[str]) -> None:
    for name in params.configure.roles:
        if name in (params.study.treatment, params.study.outcome):
            got = f"'{name}', which the question is about"
            raise StudyError("roles for the other variables only", got, "params.yaml at configure.roles")
        if name not in variables:
            where = "params.yaml at configure.roles"
            raise StudyError(f"one of the variables: {', '.join(sorted(variables))}", f"'{name}'", where)


def constrained(graph: CausalGraph, params: StudyParams) -> CausalGraph:
    """Impose the rules on one graph: forbidden edges go, required ones come, a randomised exposure has no causes.

    Raises:
        StudyError: the required edges make a cycle within one step.
    """
    edges = [edge for edge in graph.edges if not any(_forbids(rule, edge) for rule in params.configure.forbid)]
    if params.study.randomised:
        edges = [edge for edge in edges if edge.target != params.study.treatment]
    present = {(edge.source, edge.target, edge.lag) for edge in edges}
    for rule in params.configure.require:
        lag = _lag_of(rule)
        if (rule.source, rule.target, lag) not in present:
            edges.append(Edge(source=rule.source, target=rule.target, lag=lag, reason="required"))
    known = {node.name for node in graph.nodes}
    named = dict.fromkeys(name for edge in edges for name in (edge.source, edge.target))
    forgetful = {
        rule.source for rule in params.configure.forbid if rule.source == rule.target and rule.lag in (None, 1)
    }
    nodes = [node.model_copy(update={"memory": False}) if node.name in forgetful else node for node in graph.nodes]
    nodes += [_new_node(name, params, memory=name not in forgetful) for name in named if name not in known]
    out = graph.model_copy(update={"nodes": tuple(nodes), "edges": tuple(edges)})
    cycle = instantaneous_cycle(out)
    if cycle is not None:
        raise StudyError("no cycle of causes within one step", " -> ".join([*cycle, cycle[0]]), f"graph '{graph.name}'")
    if not _unasserted(out, params) or params.study.treatment is None or params.study.outcome is None:
        return out
    return with_hidden_cause(out, params.study.treatment, params.study.outcome, "strict: nobody ruled it out")


def is_forbidden(params: StudyParams, cause: str, effect: str, lag: int) -> bool:
    """Whether the person ruled this edge out."""
    edge = Edge(source=cause, target=effect, lag=lag)
    return any(_forbids(rule, edge) for rule in params.configure.forbid)


def _new_node(name: str, params: StudyParams, *, memory: bool) -> Node:
    """A node that only a required edge names: recorded, unless it was declared hidden."""
    hidden = params.configure.hidden.get(name)
    if hidden is None:
        return Node(name=name, memory=memory)
    return Node(name=name, observed=False, memory=memory and hidden.memory)


def with_hidden_cause(graph: CausalGraph, treatment: str, outcome: str, reason: str) -> CausalGraph:
    """Add an unrecorded persistent cause of exposure and outcome."""
    edges = [
        Edge(source=HIDDEN, target=name, lag=0, asserted_by="rule", reason=reason) for name in (treatment, outcome)
    ]
    nodes = (*graph.nodes, Node(name=HIDDEN, observed=False))
    return graph.model_copy(update={"nodes": nodes, "edges": (*graph.edges, *edges)})


def _unasserted(graph: CausalGraph, params: StudyParams) -> bool:
    return params.configure.strict and all(a.asserted_by == "default" for a in graph.no_hidden_common_cause)


def _forbids(rule: EdgeRule, edge: Edge) -> bool:
    return (rule.source, rule.target) == (edge.source, edge.target) and rule.lag in (None, edge.lag)


def _covers(forbidden: EdgeRule, required: EdgeRule) -> bool:
    same = (forbidden.source, forbidden.target) == (required.source, required.target)
    return same and forbidden.lag in (None, _lag_of(required))


def _lag_of(required: EdgeRule) -> int:
    """The same step unless stated; from a variable to itself the next one."""
    return required.lag if required.lag is not None else int(required.source == required.target)


def _words(rule: EdgeRule) -> str:
    return f"{rule.source} -> {rule.target}" + ("" if rule.lag is None else f" at lag {rule.lag}")
