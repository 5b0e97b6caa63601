"""The verdict of a study as a document: rules from the core, figures from the fit, reasons in plain words."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from schemas.deciding import Thresholds
from schemas.params import StudyParams
from schemas.prior import Normal
from schemas.protocol import Protocol
from schemas.results import Diagnostics, Gate, Headline, NaiveDifference, Verdict, VerdictName
from schemas.spec import ModelSpec
from ssm_core.checks.convergence import Convergence, convergences_of
from ssm_core.designs.assurance import Known, Prospect, Rule, first_settled, prospects
from ssm_core.effects.contrast import Contrast, naive_difference
from ssm_core.effects.responses import linear_of
from ssm_core.effects.summaries import Summary, probability_outside, summary_of
from ssm_core.effects.verdict import Evidence, decide, direction_of, in_force, prob_direction
from tasks.answering.change import would_change
from tasks.answering.effects import GraphEffects, contributing, headline_index, index_of
from tasks.answering.next_step import Outlook, next_step
from tasks.answering.reasons import reasons_of
from tasks.fitting.gates import convergence_gates, positivity_gates
from tasks.fitting.record import column


class Findings(NamedTuple):
    """Everything that verdict and scorecard look at.

    Attributes:
        pooled: draws of the headline over the contributing graphs with their weights, or None.
        specs, draws: the models and, by graph, their draws (`chain x draw x parameter`).
        panel: the record.
        unfitted: weight of the identified graphs that were too light to be fitted.
    """

    protocol: Protocol
    diagnostics: Diagnostics
    graphs: Sequence[GraphEffects]
    contrast: Contrast
    pooled: tuple[np.ndarray, np.ndarray] | None
    naive: NaiveDifference
    unit: str
    specs: Sequence[ModelSpec]
    draws: Mapping[str, np.ndarray]
    panel: pl.DataFrame
    unfitted: float = 0.0

    @property
    def horizon(self) -> int:
        """Steps after the exposure, or over which the headline is averaged."""
        asked = self.graphs[0].quantities[headline_index(self.graphs[0])]
        return self.protocol.lag if asked.horizon is None else asked.horizon

    @property
    def headline(self) -> Summary | None:
        """Summary of the headline estimand."""
        return None if self.pooled is None else summary_of(*self.pooled)


def naive_of(protocol: Protocol, panel: pl.DataFrame, contrast: Contrast, unit: str) -> NaiveDifference:
    """The plain difference for the contrast of the protocol."""
    size = protocol.contrast_to - protocol.contrast_from
    figures = naive_difference(column(panel, protocol.treatment), column(panel, protocol.outcome), protocol.lag, size)
    return NaiveDifference(
        mean=figures.mean, se=figures.se, n_exposed=contrast.n_exposed, n_unexposed=contrast.n_unexposed, unit=unit
    )


def verdict_of(findings: Findings, params: StudyParams) -> Verdict:
    """Gates, probabilities, verdict, reasons, next step; refused studies carry no estimate."""
    protocol, headline = findings.protocol, findings.headline
    thresholds = in_force(params.estimate.thresholds, params.estimate.looks)
    gates = _gates(findings, thresholds)
    unidentified = sum(g.graph.weight for g in findings.graphs if not g.identified)
    outside = 0.0
    if findings.pooled is not None:
        draws, weights = findings.pooled
        outside = probability_outside(draws, protocol.rope.low, protocol.rope.high, weights)
    evidence = Evidence(
        unidentified_weight=unidentified,
        failed_gates=tuple(name for name, gate in gates.items() if gate.hard and not gate.passed),
        prob_positive=headline.prob_positive if headline else 0.5,
        prob_meaningful=outside,
    )
    name = decide(evidence, thresholds)
    shown = headline if name not in ("not_identified", "not_trustworthy") else None
    outlook = outlook_of(findings, thresholds) if name == "cannot_tell" else "unknown"
    return Verdict(
        question=protocol.question,
        treatment=protocol.treatment,
        outcome=protocol.outcome,
        verdict=name,
        direction=direction_of(name, evidence.prob_positive),
        estimate=None if shown is None else _headline(shown, protocol, findings.unit, findings.horizon),
        naive_difference=findings.naive,
        prob_direction=None if shown is None else prob_direction(evidence.prob_positive),
        prob_meaningful=None if shown is None else outside,
        rope=protocol.rope,
        reasons=reasons_of(name, evidence, findings.graphs, gates, findings.contrast, protocol, findings.unit),
        identified=unidentified <= thresholds.unidentified_weight,
        gates=gates,
        next_step=next_step(name, protocol, evidence.failed_gates, findings.unit, outlook),
        would_change=would_change(name, evidence, thresholds, gates),
        known_truth=params.study.known_truth,
    )


def outlook_of(findings: Findings, thresholds: Thresholds) -> Outlook:
    """The shortest further record, each exposure decided by a coin, that probably settles the question.

    More of the same record says little of something that began once, and what a coin would settle is another question.
    """
    if findings.protocol.estimand == "average_since_beginning":
        return "unknown"
    found = prospects_of(findings, thresholds)
    if found is None:
        return "unknown"
    if (settles := first_settled(found)) is not None:
        return settles
    either = prospects_of(findings, thresholds, either=True)
    assert either is not None
    return first_settled(either) or either[-1]


def prospects_of(
    findings: Findings, thresholds: Thresholds, period: int = 1, *, either: bool = False
) -> list[Prospect] | None:
    """What further records of several lengths would do, a toss deciding `period` steps; None where nothing is fitted.

    A continuous exposure is tossed between the two values of the contrast. After a record that chance did not decide
    the further one speaks for itself: how large the effect may be is taken from the posterior, but all that the new
    analysis knows of it beforehand is its prior. A trial goes on as one record.
    """
    fitted = [g for g in contributing(findings.graphs) if g.chains]
    if findings.pooled is None or not fitted:
        return None
    main = max(fitted, key=lambda g: g.graph.weight)
    spec = next(spec for spec in findings.specs if spec.graph == main.graph.name)
    theta = findings.draws[spec.graph]
    noise = noise_of(spec, theta.reshape(-1, theta.shape[-1]))
    effect = main.quantities[index_of(main, "immediate")].draws
    assert effect is not None
    rule = Rule(
        thresholds.prob_direction, thresholds.prob_meaningful, thresholds.prob_equivalent,
        findings.protocol.rope.low, findings.protocol.rope.high,
    )  # fmt: skip
    known = None if findings.protocol.randomised else prior_of(findings.protocol, spec)
    return prospects(effect, noise, 0.5, rule, period=period, known=known, either=either)


def prior_of(protocol: Protocol, spec: ModelSpec) -> Known:
    """Prior of the headline where it is one normal coefficient; no knowledge otherwise."""
    size = protocol.contrast_to - protocol.contrast_from
    own = ("inputs", spec.outcome, spec.treatment, protocol.lag)
    for p in spec.parameters:
        if (p.matrix, p.row, p.column, p.lag) == own and isinstance(p.prior, Normal):
            return Known(size * p.prior.mean, abs(size) * p.prior.sd)
    return Known(0.0, np.inf)


def noise_of(spec: ModelSpec, theta: np.ndarray) -> np.ndarray:
    """Standard deviation of an outcome given its past, one a draw."""
    linear = linear_of(spec, theta)
    y = spec.states.index(spec.outcome)
    return np.sqrt(linear.process_sd[:, y] ** 2 + linear.level_sd[:, y] ** 2 + linear.measurement_sd[:, y] ** 2)


def _headline(summary: Summary, protocol: Protocol, unit: str, horizon: int) -> Headline:
    return Headline(
        name=protocol.estimand,
        mean=summary.mean,
        sd=summary.sd,
        q05=summary.q05,
        q50=summary.q50,
        q95=summary.q95,
        unit=unit,
        horizon=horizon,
        step_name=protocol.step_name,
        contrast=protocol.contrast,
    )


def _gates(findings: Findings, thresholds: Thresholds) -> dict[str, Gate]:
    """Worst gate of its name over the graphs that contribute, then convergence of what is reported, then positivity."""
    gates: dict[str, Gate] = {}
    for effects in contributing(findings.graphs):
        for name, gate in findings.diagnostics.graphs.get(effects.graph.name, {}).items():
            judged = _judged(name, gate, thresholds)
            if name not in gates or (gates[name].passed and not judged.passed):
                gates[name] = judged
    checked = [figures for effects in contributing(findings.graphs) for figures in _convergences(effects)]
    if checked:
        gates |= convergence_gates(checked, thresholds.rhat, thresholds.ess)
    return gates | positivity_gates(findings.contrast, thresholds.min_steps_per_arm, thresholds.min_switches)


def _convergences(effects: GraphEffects) -> list[Convergence]:
    """Of all expected quantities of a graph, those with equally many draws at once."""
    if not effects.chains:
        return []
    drawn: dict[int, list[np.ndarray]] = {}
    for quantity in effects.quantities:
        if quantity.draws is not None and quantity.kind == "expected" and not quantity.in_steps:
            by_chain = quantity.draws.reshape(effects.chains, -1)
            drawn.setdefault(by_chain.size, []).append(by_chain)
    return [figures for alike in drawn.values() for figures in convergences_of(np.stack(alike, axis=-1))]


def _judged(name: str, gate: Gate, thresholds: Thresholds) -> Gate:
    """A sampler's figure held against the threshold of `params.yaml`."""
    if gate.value is None:
        return gate
    match name:
        case "divergences":
            limit, passed = thresholds.divergent_share, gate.value <= thresholds.divergent_share
        case "energy":
            limit, passed = thresholds.ebfmi, gate.value >= thresholds.ebfmi
        case _:
            return gate
    return gate.model_copy(update={"threshold": limit, "passed": passed})


def is_refusal(name: VerdictName) -> bool:
    """Whether a verdict withholds the number."""
    return name in ("not_identified", "not_trustworthy")
