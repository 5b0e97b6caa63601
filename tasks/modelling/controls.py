"""Negative controls that a person declares: variables that have nothing to do with exposure or outcome."""

from collections.abc import Sequence

import networkx as nx

from schemas.errors import StudyError
from schemas.graph import CausalGraph
from schemas.params import StudyParams


def controls_of(params: StudyParams) -> frozenset[str]:
    """All declared controls; none is ever adjusted for by a rule or by the record."""
    return frozenset((*params.estimate.negative_controls, *params.estimate.negative_exposures))


def check_controls(params: StudyParams, variables: frozenset[str]) -> None:
    """Refuse controls that cannot be one.

    Raises:
        StudyError: no other variable, one with another role, one that required edges tie to exposure or outcome.
    """
    x, y, estimate = params.study.treatment, params.study.outcome, params.estimate
    others = sorted(variables - {x, y})
    required = nx.DiGraph((rule.source, rule.target) for rule in params.configure.require)
    tied = {"negative_controls": (x, None), "negative_exposures": (None, y)}
    for key, names in (
        ("negative_controls", estimate.negative_controls),
        ("negative_exposures", estimate.negative_exposures),
    ):
        where = f"params.yaml at estimate.{key}"
        for name in names:
            if name not in others:
                raise StudyError(
                    f"one of the other variables: {', '.join(others) or 'there is none'}", f"'{name}'", where
                )
            role = params.configure.roles.get(name, "ignore")
            if role != "ignore":
                raise StudyError("a control without another role", f"'{name}', declared a {role}", where)
            first, last = (end or name for end in tied[key])
            if first in required and last in required and nx.has_path(required, first, last):
                got = f"'{name}', although configure.require has edges from {first} to {last}"
                raise StudyError("a variable that no required edge ties to the question", got, where)


def not_controls(graphs: Sequence[CausalGraph], params: StudyParams, treatment: str, outcome: str) -> list[str]:
    """A sentence for every declared control that some candidate graph does not let be one."""
    out = []
    for graph in graphs:
        summary = nx.DiGraph((edge.source, edge.target) for edge in graph.edges)
        summary.add_nodes_from((treatment, outcome))
        changed = nx.descendants(summary, treatment) & set(params.estimate.negative_controls)
        changing = nx.ancestors(summary, outcome) & set(params.estimate.negative_exposures)
        where = f"is no negative control in graph '{graph.name}'"
        out += [f"{name} {where}: the exposure acts on it" for name in sorted(changed)]
        out += [f"{name} {where}: it acts on the outcome" for name in sorted(changing)]
    return out
