"""The candidate graphs: who asserted which edge, and whether the effect follows from them."""

import polars as pl

from schemas.graph import CausalGraph, Edge, Identification
from tasks.reporting import numbers
from tasks.reporting.figures.forest import forest
from tasks.reporting.figures.unrolled import unrolled
from tasks.reporting.inputs import Inputs
from tasks.reporting.model import Block, Fields, Section, Text
from tasks.reporting.prose import clean, listed, say, sentence
from tasks.reporting.sections.common import ASSERTED, figure, steps, table

MOST_DRAWN = 4
MODEL_LINES = ("without_language_model", "other_language_models")
METHODS = {
    "adjustment": "by adjustment",
    "frontdoor": "through the front door",
    "id": "by the ID algorithm",
    "no_path": "the graph has no path, so the effect is zero by assumption",
    "none": "no way found",
}


def graphs(inputs: Inputs) -> Section:
    """One part per graph, the primary first, then the effect under each."""
    blocks: list[Block] = [Text(_lead(inputs))]
    for number, graph in enumerate(inputs.graphs.graphs):
        blocks += _one(inputs, graph, drawn=number < MOST_DRAWN)
    blocks += _record_says(inputs)
    effects = [e for e in inputs.effects.effects if e.estimand == inputs.protocol.estimand and e.kind == "expected"]
    spec = None if inputs.refused else forest(effects, inputs.verdict.outcome, inputs.unit)
    if spec is not None:
        caption = say("Headline effect under each graph with its {level} interval.", level=numbers.INTERVAL)
        blocks.append(figure("forest", "Does the answer depend on the graph?", caption, spec))
    blocks += [*_beliefs(inputs), *_knowledge(inputs), *_models(inputs), *_features(inputs), *_doubts(inputs)]
    return Section("graphs", "Causal graphs", tuple(blocks))


def _lead(inputs: Inputs) -> str:
    count = len(inputs.graphs.graphs)
    return say(
        "{n} compared. An edge claims that one variable acts on another after a delay; "
        "a missing edge claims that it does not.",
        n=numbers.counted(count, "candidate graph was", "candidate graphs were"),
    )


def _one(inputs: Inputs, graph: CausalGraph, *, drawn: bool) -> list[Block]:
    treatment, outcome = inputs.graphs.treatment, inputs.graphs.outcome
    blocks: list[Block] = [Fields(_facts(inputs, graph))]
    if drawn:
        spec, left_out = unrolled(graph, treatment, outcome)
        caption = "One column per step, time runs to the right. Line style and colour say who asserted the edge."
        if left_out:
            caption += say(" {n} with fewer edges are not drawn.", n=numbers.counted(left_out, "variable"))
        hidden = [n.name for n in graph.nodes if not n.observed]
        if hidden:
            caption += say(" Open circles were never recorded: {names}.", names=listed(hidden))
        blocks.append(figure(f"graph-{graph.name}", f"Graph “{graph.name}”, unrolled over time", caption, spec))
    rows = (_edge(inputs, edge) for edge in graph.edges)
    columns = ("Cause", "Effect", "Delay", "Asserted by", "How probable, by whom", "Reason")
    return [*blocks, table(f"Edges of “{graph.name}”", columns, rows)]


def _edge(inputs: Inputs, edge: Edge) -> tuple[str, ...]:
    reason = clean(edge.reason) or "none given"
    said = "; ".join(f"{clean(who)}: {numbers.percent(p)}" for who, p in edge.weights.items()) or "no number given"
    return clean(edge.source), clean(edge.target), _delay(inputs, edge.lag), ASSERTED[edge.asserted_by], said, reason


def _delay(inputs: Inputs, lag: int) -> str:
    return steps(inputs, lag) if lag else "same step"


def _record_says(inputs: Inputs) -> list[Block]:
    """How probable each edge is that the record was asked about, and who asserted it."""
    says = inputs.protocol.record_says
    if says is None:
        return []
    if not says.edges:
        return [Text(say("The record was not asked about edges: {why}.", why=says.note))]
    many = numbers.counted(says.added, "candidate graph", "candidate graphs") if says.added else "no candidate graph"
    lead = say(
        "When the protocol was frozen, the record ({n}) was asked how probable each possible edge is; it added {many}. "
        "Edges between exposure and outcome, and what a person or a design asserted, were not up to it.",
        n=steps(inputs, says.rows),
        many=many,
    )
    rows = (
        (
            clean(edge.cause), clean(edge.effect), _delay(inputs, edge.lag),
            listed([ASSERTED[by] for by in edge.asserted_by]) or "nobody",
            numbers.percent(edge.before), numbers.percent(edge.after),
        )
        for edge in says.edges
    )  # fmt: skip
    columns = ("Cause", "Effect", "Delay", "Asserted by", "Before the record", "After the record")
    return [Text(lead), table("How probable the edges are", columns, rows, numeric=(4, 5))]


def _facts(inputs: Inputs, graph: CausalGraph) -> tuple[tuple[str, str], ...]:
    found = inputs.graphs.identification.get(graph.name)
    claims = [
        f"{ASSERTED[c.asserted_by]} — {clean(c.reason)}"
        for c in graph.no_hidden_common_cause
        if (c.exposure, c.outcome) == (inputs.graphs.treatment, inputs.graphs.outcome)
    ]
    return (
        ("Graph", graph.name + (f": {clean(graph.summary)}" if graph.summary else "")),
        ("Weight as asserted", numbers.percent(graph.weight)),
        ("Weight after the record", _weight(inputs, graph)),
        ("Nothing unrecorded drives both, says", "; ".join(claims) or "nobody"),
        ("Identified", _identified(found) if found else "not examined"),
    )


def _weight(inputs: Inputs, graph: CausalGraph) -> str:
    """As the stage infer found it."""
    if graph.name not in inputs.diagnostics.weights:
        return "not known"
    fitted = any(e.graph == graph.name for e in inputs.effects.effects)
    return numbers.percent(inputs.diagnostics.weights[graph.name]) + ("" if fitted else ", too light to be fitted")


def _identified(found: Identification) -> str:
    how = METHODS[found.method]
    if not found.identified:
        reasons = "; ".join(clean(reason) for reason in found.reasons)
        return f"no, {'not' if found.method == 'none' else how} within {numbers.counted(found.slices, 'step')}" + (
            f": {reasons}" if reasons else ""
        )
    sets = ["{" + ", ".join(clean(node) for node in nodes) + "}" for nodes in found.adjustment_sets]
    if sets == ["{}"]:
        return "yes; nothing has to be adjusted for"
    return f"yes, {how}" + (f" for {' or '.join(sets)}" if sets and found.method == "adjustment" else "")


def _beliefs(inputs: Inputs) -> list[Block]:
    """How probable the language model finds each edge that it was asked about."""
    rows = [
        (
            clean(b.cause), clean(b.effect), steps(inputs, b.lag) if b.lag else "same step",
            _share(b.whole_graphs), _share(b.pair_by_pair), numbers.percent(b.combined),
        )
        for b in inputs.protocol.edge_beliefs
    ]  # fmt: skip
    head = ("Cause", "Effect", "Delay", "In its graphs", "Asked alone", "Together")
    return [table("How probable the language model finds each edge", head, rows)] if rows else []


def _share(probability: float | None) -> str:
    return "not asked" if probability is None else numbers.percent(probability)


def _knowledge(inputs: Inputs) -> list[Block]:
    """What the table of general knowledge says of exposure and outcome, for a study without a model."""
    told = [(clean(known),) for known in inputs.protocol.knowledge]
    return [table("General knowledge, without a language model", ("What is known",), told)] if told else []


def _models(inputs: Inputs) -> list[Block]:
    """The answer with the language model's choices removed, and as other recorded models would have it."""
    lines = inputs.robustness.filter(pl.col("check").is_in(MODEL_LINES) & (pl.col("status") != "not_applicable"))
    if lines.is_empty() or inputs.refused:
        return []
    rows = [(clean(row["did"]), clean(row["sentence"])) for row in lines.iter_rows(named=True)]
    return [table("How much the answer depends on the language model", ("Looked at", "Result"), rows)]


def _features(inputs: Inputs) -> list[Block]:
    """Variables that the language model would derive, and whether code did."""
    rows = [
        (
            clean(each.name), clean(f"{each.kind} of {each.of}"), each.role.replace("_", " "), clean(each.reason),
            "derived" if each.derived else f"not derived; causal-ssm features --accept {clean(each.name)}",
        )
        for each in inputs.protocol.proposed_features
    ]  # fmt: skip
    head = ("Variable", "Made by", "Role", "Reason", "State")
    return [table("Variables that the language model proposed to derive", head, rows)] if rows else []


def _doubts(inputs: Inputs) -> list[Block]:
    rows = [(sentence(doubt),) for doubt in inputs.protocol.prior_doubts]
    return [table("Doubts about the language model's priors that it did not remove", ("Doubt",), rows)] if rows else []
