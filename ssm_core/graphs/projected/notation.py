"""An identified estimand in the notation of a textbook."""

from ssm_core.graphs.bits import members
from ssm_core.graphs.projected.functional import Component, Functional, Joint, Law, Margin
from ssm_core.graphs.unrolled import At, names_of

LONGEST = 4000
"""Characters beyond which a formula helps nobody."""


def formula(functional: Functional) -> str | None:
    """`P(y | do(x)) = sum ...` with the parts `Q1, Q2, ...` that it is made of; None when it is too long to read."""
    parts: dict[Law, str] = {}
    factors = " ".join(_name(factor, functional.nodes, parts) for factor in functional.factors)
    summed = _names(functional.nodes, functional.summed)
    outcome, treatments = (
        _names(functional.nodes, 1 << functional.outcome),
        _names(functional.nodes, functional.treatments),
    )
    head = f"P({outcome} | do({treatments})) = {_sum(summed)}{factors}"
    text = "; ".join([head, *parts.values()])
    return text if len(text) <= LONGEST else None


def _name(law: Law, nodes: tuple[At, ...], parts: dict[Law, str]) -> str:
    """The name of a part; its definition is added once."""
    if isinstance(law, Margin) and law.over == law.law.over:
        return _name(law.law, nodes, parts)
    if law not in parts:
        body = _body(law, nodes, parts)
        parts[law] = f"Q{len(parts) + 1}({_names(nodes, law.over)}) = {body}"
    return parts[law].split("(", 1)[0]


def _body(law: Law, nodes: tuple[At, ...], parts: dict[Law, str]) -> str:
    match law:
        case Joint():
            return f"P({_names(nodes, law.over)})"
        case Margin():
            return f"{_sum(_names(nodes, law.law.over & ~law.over))}{_name(law.law, nodes, parts)}"
        case Component(Joint(whole)):
            factors = []
            for number in members(law.over):
                before = _names(nodes, whole & ((1 << number) - 1))
                factors.append(f"P({nodes[number]}{' | ' if before else ''}{before})")
            return " ".join(factors)
        case Component():
            inner, ratios = _name(law.law, nodes, parts), []
            for number in members(law.over):
                after = _sum(_names(nodes, law.law.over & (-1 << (number + 1))))
                with_it = _sum(_names(nodes, law.law.over & (-1 << number)))
                ratios.append(f"[{after}{inner} / {with_it}{inner}]")
            return " ".join(ratios)


def _sum(names: str) -> str:
    return f"Σ_{{{names}}} " if names else ""


def _names(nodes: tuple[At, ...], mask: int) -> str:
    return ", ".join(names_of(nodes, mask))
