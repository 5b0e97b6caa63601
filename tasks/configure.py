"""Stage configure: candidate graphs, their models and priors, identification, and the frozen protocol."""

from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

from schemas.audit import Audit
from schemas.frames import Catalog, Panel
from schemas.graph import CausalGraph, GraphSet
from schemas.params import StudyParams
from schemas.protocol import DecisionRule, Protocol
from schemas.recording import Request, VariablesReply
from schemas.results import Rope
from schemas.spec import ModelSpec, SpecSet
from ssm_core.effects.contrast import contrast_of
from ssm_core.effects.verdict import in_force
from ssm_core.graphs.identification import identify
from tasks.artifacts import document_bytes, read_document, read_frame, staged, write_bytes
from tasks.fitting.record import column, is_daily, step_name
from tasks.knowledge.table import sentence
from tasks.llm.exchange import Answerer, replaying
from tasks.modelling.asking.features import Derivable, derivable
from tasks.modelling.asking.others import Replayed, other_models, replayed_by_others
from tasks.modelling.assigned import analysed, check_assignment
from tasks.modelling.candidates import rule_graphs
from tasks.modelling.constraints import check_rules, constrained
from tasks.modelling.controls import not_controls
from tasks.modelling.elicited import NOTHING_ELICITED, elicit, first_role
from tasks.modelling.exposure import exposure_spec_of
from tasks.modelling.from_record.discovered import enlarged
from tasks.modelling.not_adjusted import why_not_adjusted
from tasks.modelling.prior_check import prior_checks
from tasks.modelling.protocol import amended, contracts_of, fingerprint_of, protocol_bytes, read_protocol
from tasks.modelling.question import Question, question_of, usable_names
from tasks.modelling.specification import lag_of, spec_of
from tasks.modelling.stated_priors import check_names, with_stated_priors
from tasks.modelling.time_order import outcome_first, timely, told_order
from tasks.panel.checks import check_question

ROPE_SHARE = 0.1
"""Default region of practical equivalence: this share of the outcome's standard deviation on unexposed steps."""


def configure(root: Path, params: StudyParams, tell: Callable[[str], None], *, renew: bool = False) -> None:
    """Freeze a protocol, or reuse the one that still answers the same question, and write its graphs and models.

    Args:
        root: the study.
        params: its parameters.
        tell: takes one sentence.
        renew: freeze a new protocol even so (`--force configure`).

    Raises:
        StudyError: exposure or outcome unclear, contradictory constraints, a prior that cannot be used.
        RecordingMissing: a reply of the language model was never recorded.
    """
    catalog = read_frame(root / "data/catalog.parquet", Catalog)
    path = root / "model/protocol.yaml"
    old = read_protocol(path) if path.is_file() else None
    fingerprint = fingerprint_of(params, catalog)
    if old is not None and old.fingerprint == fingerprint and not renew:
        tell("the protocol frozen earlier still fits the question and is reused")
        protocol = old
    else:
        panel = read_frame(root / "data/panel.parquet", Panel)
        protocol = amended(new_protocol(root, params, catalog, panel, fingerprint), old)
        tell(f"protocol frozen: {protocol.sha256[:12]}, {len(protocol.graphs)} candidate graph(s)")
        if protocol.outcome_first:
            tell(told_order(protocol.outcome, protocol.treatment, protocol.step_name))
        for told in not_controls(protocol.graphs, params, protocol.treatment, protocol.outcome):
            tell(told)
    graphs = graph_set(protocol)
    specs = SpecSet(specs=protocol.specs, exposures=protocol.exposures, protocol_sha256=protocol.sha256)
    with staged(root) as scratch:
        write_bytes(scratch / "model/protocol.yaml", protocol_bytes(protocol))
        write_bytes(scratch / "model/graphs.json", document_bytes(graphs))
        write_bytes(scratch / "model/spec.json", document_bytes(specs))


def ask(root: Path, params: StudyParams, answer: Answerer, *, renew: bool = False) -> None:
    """Put every question to the model that `configure` will want replayed; nothing when the protocol is reused.

    Raises:
        StudyError: exposure or outcome cannot be used, or no acceptable reply came.
    """
    catalog = read_frame(root / "data/catalog.parquet", Catalog)
    if _settled(root, params, catalog, renew=renew):
        return
    check_rules(params, usable_names(catalog))
    daily = is_daily(read_frame(root / "data/panel.parquet", Panel))
    params = timely(analysed(params), catalog)
    elicit(answer, params, catalog, daily, _derivable(root, catalog, params))


def ask_first(root: Path, params: StudyParams, answer: Answerer, *, renew: bool = False) -> VariablesReply | None:
    """Role 1 alone, whose features are derived before the rest is asked; null when the protocol is reused.

    Raises:
        StudyError: no acceptable reply came.
    """
    catalog = read_frame(root / "data/catalog.parquet", Catalog)
    if _settled(root, params, catalog, renew=renew):
        return None
    check_rules(params, usable_names(catalog))
    params = timely(analysed(params), catalog)
    return first_role(answer, params, catalog, _derivable(root, catalog, params))


def asked_of_others(root: Path, params: StudyParams) -> tuple[Request, ...]:
    """The requests behind which other models' replies are kept for comparison."""
    catalog = read_frame(root / "data/catalog.parquet", Catalog)
    return tuple(
        request for each in _others(root, timely(analysed(params), catalog), catalog) for request in each.asked
    )


def _settled(root: Path, params: StudyParams, catalog: pl.DataFrame, *, renew: bool) -> bool:
    path = root / "model/protocol.yaml"
    return not renew and path.is_file() and read_protocol(path).fingerprint == fingerprint_of(params, catalog)


def _derivable(root: Path, catalog: pl.DataFrame, params: StudyParams) -> Derivable:
    return derivable(catalog, read_document(root / "data/audit.json", Audit), params)


def _others(root: Path, params: StudyParams, catalog: pl.DataFrame) -> tuple[Replayed, ...]:
    daily = is_daily(read_frame(root / "data/panel.parquet", Panel))
    return replayed_by_others(root, params, catalog, daily, _derivable(root, catalog, params))


def new_protocol(
    root: Path, params: StudyParams, catalog: pl.DataFrame, panel: pl.DataFrame, fingerprint: dict[str, str]
) -> Protocol:
    """A protocol for a question about a record; `root` is where recordings of a language model are, if one is used.

    Raises:
        StudyError: exposure or outcome unclear, contradictory constraints, a prior that cannot be used.
        RecordingMissing: a reply of the language model was never recorded.
    """
    daily = is_daily(panel)
    check_rules(params, usable_names(catalog))
    check_assignment(panel, catalog, params)
    taken, params = params.study.treatment, timely(analysed(params), catalog)
    if params.configure.llm.mode == "replay":
        others, possible = _others(root, params, catalog), _derivable(root, catalog, params)
        params, question, elicited = elicit(replaying(root, params.configure.llm), params, catalog, daily, possible)
    else:
        question, elicited, others = question_of(params, catalog), NOTHING_ELICITED, ()
    asserted = [constrained(graph, params) for graph in elicited.graphs or rule_graphs(question, params)]
    lag = lag_of(params, asserted[0], question)
    check_question(panel, catalog, question.treatment.name, question.outcome.name, lag, params.infer.min_steps)
    graphs, record_says = enlarged(asserted, elicited.beliefs, question, params, lag, panel)
    bare = [spec_of(graph, question, lag, params.configure.components, daily) for graph in graphs]
    check_names(bare, params.configure.priors)
    specs = tuple(with_stated_priors(spec, elicited.priors, params.configure.priors) for spec in bare)
    return Protocol(
        question=question.text,
        treatment=question.treatment.name,
        outcome=question.outcome.name,
        estimand="average_since_beginning" if _begins_once(params) else "immediate",
        lag=lag,
        contrast_from=question.from_value,
        contrast_to=question.to_value,
        contrast=question.contrast,
        exposure_coding=question.coding,
        randomised=params.study.randomised,
        taken=None if taken == question.treatment.name else taken,
        outcome_first=outcome_first(params, catalog),
        horizon=params.estimate.horizon,
        step_name=step_name(panel),
        rope=_rope(params, question, panel, lag),
        decision=_decision(params),
        specified="after the outcome was recorded, before the fit",
        variables=contracts_of(catalog),
        not_adjusted=why_not_adjusted(question, params, elicited, specs),
        graphs=graphs,
        specs=specs,
        exposures=_exposures(graphs, question, params, daily),
        without_model=_without_model(params, question, lag, daily),
        other_models=other_models(others, params, question, lag, daily),
        proposed_features=elicited.features,
        prior_doubts=elicited.prior_doubts,
        knowledge=_general_knowledge(params, question),
        edge_beliefs=elicited.beliefs,
        record_says=record_says,
        prior_checks=prior_checks(specs, question, daily),
        calls=elicited.calls,
        fingerprint=fingerprint,
    )


def _begins_once(params: StudyParams) -> bool:
    """Whether the exposure is declared as something that began once and stayed."""
    return params.study.treatment in params.ingest.interventions


def _without_model(params: StudyParams, question: Question, lag: int, daily: bool) -> ModelSpec | None:
    """The model that the rules alone would have chosen, so that the answer can be compared with theirs."""
    if params.configure.llm.mode == "off":
        return None
    study = params.study.model_copy(update={"lag": lag})
    by_the_rules = params.model_copy(update={"study": study})
    graph = constrained(rule_graphs(question, by_the_rules)[0], by_the_rules)
    named = graph.model_copy(update={"name": "without_language_model", "weight": 1.0})
    return spec_of(named, question, lag, params.configure.components, daily)


def _general_knowledge(params: StudyParams, question: Question) -> tuple[str, ...]:
    """What the table of general knowledge says where no model is asked; it decides neither prior nor verdict."""
    if params.configure.llm.mode != "off":
        return ()
    return (sentence(question.treatment.name, question.outcome.name),)


def _rope(params: StudyParams, question: Question, panel: pl.DataFrame, lag: int) -> Rope:
    if params.estimate.rope is not None:
        return Rope(low=params.estimate.rope.low, high=params.estimate.rope.high, source="person")
    exposure, outcome = column(panel, question.treatment.name), column(panel, question.outcome.name)
    sides = contrast_of(exposure, outcome, lag, reversed_sides=question.to_value < question.from_value)
    unexposed = outcome[sides.usable & ~sides.exposed]
    spread = unexposed.std(ddof=1) if unexposed.size > 1 else question.outcome.sd
    if params.study.contrast is None and question.treatment.kind != "binary":
        # one unit is an accident of the exposure's scale: the limit holds for a change by one standard deviation of it
        spread *= abs(question.to_value - question.from_value) / question.treatment.sd
    half = float(f"{ROPE_SHARE * spread:.4g}")
    return Rope(low=-half, high=half, source="default")


def _exposures(
    graphs: Sequence[CausalGraph], question: Question, params: StudyParams, daily: bool
) -> tuple[ModelSpec, ...]:
    """How the exposure comes about; nothing to say where a design assigned it."""
    if params.study.randomised:
        return ()
    found = (exposure_spec_of(graph, question, params.configure.components, daily) for graph in graphs)
    return tuple(spec for spec in found if spec is not None)


def _decision(params: StudyParams) -> DecisionRule:
    t = in_force(params.estimate.thresholds, params.estimate.looks)
    return DecisionRule(
        prob_direction=t.prob_direction, prob_meaningful=t.prob_meaningful, prob_equivalent=t.prob_equivalent
    )


def graph_set(protocol: Protocol) -> GraphSet:
    """The candidates of a protocol with the answer of identification on each."""
    x, y, lag = protocol.treatment, protocol.outcome, protocol.lag
    return GraphSet(
        treatment=x,
        outcome=y,
        lag=lag,
        graphs=protocol.graphs,
        identification={graph.name: identify(graph, x, y, lag) for graph in protocol.graphs},
    )
