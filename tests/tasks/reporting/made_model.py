"""A small model: graphs, spec, protocol, diagnostics."""

import math

import polars as pl

from schemas.graph import CausalGraph, Edge, GraphSet, Identification, Node, NoHiddenCommonCause
from schemas.prior import HalfNormal, Normal, TruncatedNormal
from schemas.protocol import DecisionRule, DiscoveredEdge, PriorCheck, Protocol, RecordSays, VariableContract
from schemas.results import (
    Diagnostics,
    Fit,
    Gate,
    Rope,
    VerdictName,
)
from schemas.spec import ModelSpec, Parameter
from tests.tasks.reporting.made_answer import REASONS

RECORD_SAYS = RecordSays(
    edges=(
        DiscoveredEdge(cause="workout", effect="sleep", lag=1, asserted_by=("rule",), before=0.5, after=0.93),
        DiscoveredEdge(cause="workout", effect="coffee", lag=1, asserted_by=(), before=0.1, after=0.04),
    ),
    rows=83,
    added=1,
    note="",
)


def make_graphs(x: str, y: str, verdict: VerdictName) -> GraphSet:
    claim = NoHiddenCommonCause(exposure=x, outcome=y, asserted_by="default", reason="nobody named one")
    nodes = tuple(Node(name=name, memory=name != x) for name in (x, y, "workout"))
    edges = (
        Edge(source=x, target=y, lag=0, asserted_by="person", reason="the question"),
        Edge(source="workout", target=y, lag=0, asserted_by="model", reason="exercise changes sleep"),
        Edge(source="workout", target=x, lag=0, asserted_by="rule", reason="may come first"),
        Edge(source=y, target=x, lag=1, asserted_by="model", reason="a bad night leads to coffee"),
    )
    first = CausalGraph(name="primary", nodes=nodes, edges=edges, weight=0.7, no_hidden_common_cause=(claim,))
    hidden = (*nodes, Node(name="stress", observed=False))
    causes = (
        Edge(source="stress", target=x, asserted_by="model"),
        Edge(source="stress", target=y, asserted_by="model"),
    )
    second = CausalGraph(
        name="with_stress", nodes=hidden, edges=(*edges, *causes), weight=0.3, summary="stress drives both"
    )
    yes = Identification(
        identified=True,
        method="adjustment",
        adjustment_sets=((f"{y}[t-1]", "workout[t]"),),
        slices=6,
        kind="nonparametric",
    )
    no = Identification(identified=False, method="none", reasons=REASONS["not_identified"], slices=9, kind="none")
    found = {"primary": no if verdict == "not_identified" else yes, "with_stress": no}
    return GraphSet(treatment=x, outcome=y, lag=0, graphs=(first, second), identification=found)


def make_spec(x: str, y: str) -> ModelSpec:
    parameters = (
        Parameter(
            name=f"effect of {x}",
            matrix="inputs",
            row=y,
            column=x,
            prior=Normal(mean=0, sd=40),
            unit="min",
            asserted_by="default",
            reason="weak: about two standard deviations of the outcome",
        ),
        Parameter(
            name="own past",
            matrix="dynamics",
            row=y,
            column=y,
            lag=1,
            prior=TruncatedNormal(mean=0.3, sd=0.3, low=-0.99, high=0.99),
            unit="1",
            asserted_by="rule",
            reason="nights resemble their neighbours",
        ),
        Parameter(
            name="noise",
            matrix="process_sd",
            row=y,
            prior=HalfNormal(sd=50),
            unit="min",
            asserted_by="default",
            reason="about the spread of the data",
        ),
    )
    return ModelSpec(
        graph="primary",
        weight=0.7,
        treatment=x,
        outcome=y,
        lag=0,
        states=(y,),
        inputs=(x, "workout"),
        regressors=("intercept", "saturday"),
        parameters=parameters,
    )


def make_protocol(x: str, y: str, graphs: GraphSet, spec: ModelSpec, randomised: bool) -> Protocol:
    check = PriorCheck(
        passed=True,
        prior_low=210.0,
        prior_high=640.0,
        recorded_low=361.0,
        recorded_high=494.0,
        sentence="Before the fit the model expects values between 210 and 640 (99 %).",
    )
    return Protocol(
        question=f"Does {x} change {y}?",
        treatment=x,
        outcome=y,
        estimand="immediate",
        lag=0,
        contrast_from=0,
        contrast_to=1,
        contrast="1 versus 0",
        exposure_coding="1 = at least one cup, 0 = none",
        randomised=randomised,
        horizon=14,
        rope=Rope(low=-3.0, high=3.0, source="default"),
        decision=DecisionRule(prob_direction=0.975, prob_meaningful=0.8, prob_equivalent=0.95),
        specified="after the outcome was recorded, before the fit",
        variables=tuple(VariableContract(name=n, unit=None, kind="binary", levels=None) for n in (x, y, "workout")),
        not_adjusted={"readiness": "a score made from the outcome"},
        graphs=graphs.graphs,
        specs=(spec,),
        calls=(),
        fingerprint={"question": "f" * 64},
        prior_checks={"primary": check},
        record_says=None if randomised else RECORD_SAYS,
    )


def make_diagnostics(panel: pl.DataFrame, verdict: VerdictName) -> Diagnostics:
    bad = verdict == "not_trustworthy"
    gate = Gate(
        passed=not bad,
        value=1.34 if bad else 1.003,
        threshold=1.01,
        hard=True,
        sentence="Largest R-hat of any parameter.",
    )
    predicted = tuple(None if i == 0 else 425 + 6 * math.sin(i / 3) for i in range(panel.height))
    sd = tuple(None if i == 0 else 24.0 for i in range(panel.height))
    fit = Fit(predicted=predicted, sd=sd, residual=tuple(None for _ in predicted))
    return Diagnostics(
        graphs={"primary": {"rhat": gate}},
        sampler={"kernel": "jax", "seed": 1, "chains": 4, "draws": 1500, "threads": 2},
        summary={},
        fit={"primary": fit},
        weights={"primary": 0.7, "with_stress": 0.3},
    )
