"""Effects per candidate graph and pooled over graphs, as rows of `effects.json`."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from schemas.graph import CausalGraph, Identification
from schemas.protocol import Protocol
from schemas.results import Effect, EstimandName
from schemas.spec import ModelSpec
from ssm_core.checks.convergence import Convergence, convergence_of
from ssm_core.effects.contrast import Contrast
from ssm_core.effects.estimands import quantities_of
from ssm_core.effects.responses import Linear, linear_of
from ssm_core.effects.setting import Quantity, Rule, Setting
from ssm_core.effects.summaries import Summary, summary_of
from ssm_core.effects.verdict import prob_direction
from ssm_core.graphs.identification import identify
from ssm_core.graphs.sustained import identify_sustained, sustained_steps
from tasks.answering.following import Following
from tasks.modelling.placement import placement_of

POOLED = "pooled"
CLEAR_DIRECTION = 0.975
HIDDEN_AND_RULE = "an exposure that answers to recorded values is known only from graphs without hidden nodes"


class GraphEffects(NamedTuple):
    """All estimands of one graph; no chains when the graph says that every effect is exactly zero."""

    graph: CausalGraph
    identified: bool
    quantities: tuple[Quantity, ...]
    chains: int
    headline: EstimandName = "immediate"


def graph_effects(
    graph: CausalGraph,
    spec: ModelSpec,
    theta: np.ndarray | None,
    protocol: Protocol,
    contrast: Contrast,
    seed: int,
    later: Following,
    recorded: np.ndarray,
    period: int | None = None,
    rules: tuple[Rule, ...] = (),
) -> GraphEffects:
    """Evaluate the registered estimands on one graph; an estimand whose own query fails has no number.

    Args:
        graph: the candidate.
        spec: its model.
        theta: draws, `chain x draw x parameter`; None when the graph has no path from exposure to outcome.
        protocol: contrast, lag and horizon.
        contrast: usable steps and runs.
        seed: of predictive noise.
        later: what later exposures do after an intervention on one.
        recorded: the exposure as it was recorded.
        period: length of the treatment period, steps; None for the record.
        rules: strategies, see `tasks.answering.rules`.
    """
    x, y, lag = protocol.treatment, protocol.outcome, protocol.lag
    pulse = identify(graph, x, y, lag)
    sustained = identify_sustained(graph, x, y, sustained_steps(graph))
    if x not in spec.inputs:
        theta = None
    setting = Setting(
        linear=linear_of(spec, theta.reshape(-1, theta.shape[-1])) if theta is not None else _nothing(),
        exposure=spec.inputs.index(x) if theta is not None else None,
        outcome=spec.states.index(y) if theta is not None else 0,
        size=protocol.contrast_to - protocol.contrast_from,
        lag=lag,
        horizon=protocol.horizon,
        usable=contrast.usable,
        longest_run=contrast.longest_run,
        seed=seed,
        total=later.total,
        total_from=later.total_from,
        total_reason=later.reason,
        longest_rest=contrast.longest_rest,
        recorded=recorded,
        reference=protocol.contrast_from,
        period=period,
        rules=rules,
    )
    answers = {h: pulse if h == lag else identify(graph, x, y, h) for h in range(max(protocol.horizon, lag) + 1)}
    follows = follows_graph(spec, graph)
    quantities = []
    hidden = any(not node.observed for node in graph.nodes)
    for quantity in quantities_of(setting):
        if quantity.name == "strategy" and hidden:
            quantities.append(_withheld(quantity, HIDDEN_AND_RULE))
            continue
        failed = [q for q in _queries(quantity, pulse, sustained, answers) if not (q.identified and follows)]
        quantities.append(_withheld(quantity, _refusal(failed[0])) if failed else quantity)
    asked = next(q for q in quantities if q.name == protocol.estimand)
    identified = all(query.identified for query in _queries(asked, pulse, sustained, answers)) and follows
    quantities = _clear_carry_over(quantities, asked)
    return GraphEffects(graph, identified, quantities, 0 if theta is None else theta.shape[0], protocol.estimand)


def _queries(
    quantity: Quantity, pulse: Identification, sustained: Identification, answers: Mapping[int, Identification]
) -> Sequence[Identification]:
    """What has to be identified for an estimand: each has an intervention set of its own."""
    if quantity.sustained:
        return pulse, sustained
    match quantity.name:
        case "impulse_response" | "controlled_direct":
            return (answers[quantity.horizon or 0],)
        case "half_life" | "washout":
            return tuple(answers.values())
        case _:
            return (pulse,)


def _nothing() -> Linear:
    """A model in which nothing moves: every effect is exactly zero."""
    none = np.zeros((2, 1))
    return Linear(np.zeros((2, 1, 1, 1)), np.zeros((2, 1, 1)), np.zeros((2, 1, 1, 0)), none, none, none)


def follows_graph(spec: ModelSpec, graph: CausalGraph) -> bool:
    """Whether the model has the hidden nodes that the identification of its graph reckons with.

    The effect is read off the fitted structural model, so that model must be the graph's own: a hidden node that
    connects others and is left out would bias it even where the graph alone identifies the effect.
    """
    binary = frozenset(s.name for s in spec.recorded if s.family == "probit")
    placed = placement_of(graph, spec.treatment, spec.outcome, spec.lag, binary)
    return set(placed.hidden) <= set(spec.states)


def _refusal(found: Identification) -> str:
    """Why there is no number: not identified, or only in a way that the fitted model does not follow."""
    if found.identified:
        return "a hidden node of the graph is missing in the fitted model; run causal-ssm run --force configure"
    return "; ".join(found.reasons)


def _withheld(quantity: Quantity, reason: str) -> Quantity:
    return quantity._replace(draws=None, reason=f"not identified: {reason}")


def _clear_carry_over(quantities: Sequence[Quantity], headline: Quantity) -> tuple[Quantity, ...]:
    """Durations mean nothing while the direction of the effect is unclear."""
    if headline.draws is None or prob_direction(summary_of(headline.draws).prob_positive) >= CLEAR_DIRECTION:
        return tuple(quantities)
    reason = "the direction of the effect is not clear"
    return tuple(q._replace(draws=None, reason=reason) if q.in_steps and q.draws is not None else q for q in quantities)


def headline_index(effects: GraphEffects) -> int:
    """Position of the headline estimand among the quantities."""
    return index_of(effects, effects.headline)


def index_of(effects: GraphEffects, name: EstimandName) -> int:
    """Position of an expected estimand among the quantities."""
    return next(i for i, q in enumerate(effects.quantities) if q.name == name and q.kind == "expected")


def contributing(graphs: Sequence[GraphEffects]) -> list[GraphEffects]:
    """Graphs that take part in the pooled effect: identified and with weight."""
    return [g for g in graphs if g.identified and g.graph.weight > 0]


def pooled_draws(graphs: Sequence[GraphEffects], index: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Draws of one estimand over the contributing graphs and their weights; None when one of them has no number."""
    parts = [(g.quantities[index].draws, g.graph.weight) for g in contributing(graphs)]
    present = [(draws, weight) for draws, weight in parts if draws is not None]
    if not present or len(present) < len(parts):
        return None
    values = np.concatenate([draws for draws, _ in present])
    weights = np.concatenate([np.full(draws.size, weight / draws.size) for draws, weight in present])
    return values, weights / weights.sum()


def rows_of(effects: GraphEffects, protocol: Protocol, unit: str, name: str, weight: float) -> list[Effect]:
    """One graph's estimands as documents."""
    return [
        row_of(
            q,
            protocol,
            unit,
            name,
            weight,
            None if q.draws is None else summary_of(q.draws),
            _checked(q, effects.chains),
        )
        for q in effects.quantities
    ]


def pooled_rows(graphs: Sequence[GraphEffects], protocol: Protocol, unit: str) -> list[Effect]:
    """The mixture over the contributing graphs, estimand by estimand."""
    rows = []
    for index, quantity in enumerate(graphs[0].quantities):
        draws = pooled_draws(graphs, index)
        reasons = (g.quantities[index].reason for g in graphs)
        stated = quantity._replace(draws=None, reason=next((r for r in reasons if r), None))
        summary = None if draws is None else summary_of(*draws)
        row = row_of(stated, protocol, unit, POOLED, 1.0, summary, None)
        rows.append(row if draws is None else row.model_copy(update={"graph_share": graph_share(graphs, index)}))
    return rows


def graph_share(graphs: Sequence[GraphEffects], index: int) -> float | None:
    """Share of the pooled variance that is disagreement between graphs: `sum_g w_g (m_g - m)^2 / variance`.

    The law of total variance over the mixture; None for one graph, a quantity in steps, or no variance at all.
    """
    parts = [(g.quantities[index].draws, g.graph.weight) for g in contributing(graphs)]
    known = [(draws, weight) for draws, weight in parts if draws is not None]
    if len(known) < 2 or graphs[0].quantities[index].in_steps:
        return None
    weights = np.array([weight for _, weight in known])
    weights = weights / weights.sum()
    means, variances = np.array([[draws.mean(), draws.var()] for draws, _ in known]).T
    between = float(weights @ (means - weights @ means) ** 2)
    total = between + float(weights @ variances)
    return between / total if total > 0.0 else None


def _checked(quantity: Quantity, chains: int) -> Convergence | None:
    if quantity.draws is None or quantity.in_steps or not chains:
        return None
    return convergence_of(quantity.draws.reshape(chains, -1))


def row_of(
    quantity: Quantity,
    protocol: Protocol,
    unit: str,
    graph: str,
    weight: float,
    summary: Summary | None,
    checked: Convergence | None,
) -> Effect:
    """One estimand as a document; an infinite quantile is null and named in `open_ended`."""
    effect = Effect(
        estimand=quantity.name,
        graph=graph,
        weight=weight,
        kind=quantity.kind,
        horizon=quantity.horizon,
        contrast=quantity.contrast or protocol.contrast,
        dose=quantity.dose,
        unit="steps" if quantity.in_steps else unit,
        definition=quantity.definition,
        reason=quantity.reason,
    )
    if summary is None:
        return effect
    quantiles = {"q05": summary.q05, "q50": summary.q50, "q95": summary.q95}
    finite = {name: value if np.isfinite(value) else None for name, value in quantiles.items()}
    beyond = tuple(name for name, value in finite.items() if value is None)
    if quantity.in_steps:
        return effect.model_copy(update={**finite, "open_ended": beyond})
    moments = {"mean": summary.mean, "sd": summary.sd, "prob_positive": summary.prob_positive}
    if checked is None:
        return effect.model_copy(update={**finite, **moments})
    sampled = {"mcse": checked.mcse, "ess": min(checked.ess_bulk, checked.ess_tail), "rhat": checked.rhat}
    return effect.model_copy(update={**finite, **moments, **sampled})
