"""Strategies of `params.yaml` as rules over the record."""

from collections.abc import Mapping

import polars as pl

from schemas.deciding import Strategy
from schemas.errors import StudyError
from schemas.protocol import Protocol
from schemas.spec import ModelSpec
from ssm_core.effects.setting import Rule
from tasks.fitting.record import column

WHERE = "params.yaml at estimate.strategies"


def rules_of(
    strategies: Mapping[str, Strategy], protocol: Protocol, spec: ModelSpec, panel: pl.DataFrame, moved: frozenset[str]
) -> tuple[Rule, ...]:
    """Every strategy for one graph's model.

    Args:
        strategies: as declared.
        protocol: the question.
        spec: the model.
        panel: the record.
        moved: what the graph lets the exposure change.

    Raises:
        StudyError: a strategy looks at a variable that is not recorded, or at the exposure itself.
    """
    return tuple(_rule(name, rule, protocol, spec, panel, moved) for name, rule in strategies.items())


def _rule(
    name: str, rule: Strategy, protocol: Protocol, spec: ModelSpec, panel: pl.DataFrame, moved: frozenset[str]
) -> Rule:
    names = [v.name for v in protocol.variables if v.name != protocol.treatment]
    if rule.when not in names:
        raise StudyError(
            f"one of the recorded variables: {', '.join(names)}", f"'{rule.when}'", WHERE, f"correct 'when' of '{name}'"
        )
    state = spec.states.index(rule.when) if rule.when in spec.states else None
    reason = None
    if state is None and rule.when in moved:
        reason = f"the exposure changes {rule.when}, but the model does not follow it"
    return Rule(
        name=name,
        looks_at=column(panel, rule.when),
        state=state,
        lag=rule.lag,
        below=rule.below,
        above=rule.above,
        then=rule.then,
        otherwise=None if rule.otherwise == "recorded" else float(rule.otherwise),
        reason=reason,
    )
