"""Small artifact sets for all five verdicts, built from the schema classes."""

import math
import random
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from schemas.audit import Audit, FileAudit, Finding, VariableAudit
from schemas.exploration import Association, Exploration, Overlap, Profile
from schemas.frames import Catalog, Panel, Robustness
from schemas.graph import CausalGraph, Edge, GraphSet, Identification, Node, NoHiddenCommonCause
from schemas.params import Study, StudyParams
from schemas.prior import HalfNormal, Normal, TruncatedNormal
from schemas.protocol import DecisionRule, PriorCheck, Protocol, VariableContract
from schemas.results import (
    Diagnostics,
    Effect,
    EffectSet,
    EstimandName,
    Fit,
    Gate,
    Headline,
    KnownTruth,
    NaiveDifference,
    Rope,
    Verdict,
    VerdictName,
)
from schemas.spec import ModelSpec, Parameter, SpecSet
from tasks.artifacts import write_bytes, write_document, write_frame
from tasks.modelling.protocol import frozen, protocol_bytes

VERDICTS: tuple[VerdictName, ...] = (
    "effect",
    "no_meaningful_effect",
    "cannot_tell",
    "not_identified",
    "not_trustworthy",
)
NUMBERS: dict[VerdictName, tuple[float, float]] = {
    "effect": (-23.4137, 5.1273),
    "no_meaningful_effect": (0.6137, 1.1273),
    "cannot_tell": (-4.4137, 7.1273),
    "not_identified": (-23.4137, 5.1273),
    "not_trustworthy": (-23.4137, 5.1273),
}
REASONS: dict[VerdictName, tuple[str, ...]] = {
    "effect": ("The direction is clear and the size is more than negligible",),
    "no_meaningful_effect": ("The effect lies inside the band that makes no difference",),
    "cannot_tell": ("the interval covers both an increase and a decrease", "only 31 exposed days could be used"),
    "not_identified": ("a cause of both that was never recorded: coffee <- stress -> sleep_minutes",),
    "not_trustworthy": ("the chains of the sampler disagree (R-hat 1.34)",),
}
NEXT: dict[VerdictName, str] = {
    "effect": "repeat it for four weeks with coffee on days chosen by a coin",
    "no_meaningful_effect": "look at another exposure",
    "cannot_tell": "choose coffee days by a coin for 60 more days",
    "not_identified": "record stress every evening, or choose coffee days by a coin",
    "not_trustworthy": "record more days, or simplify the model",
}


def write_study(
    root: Path,
    verdict: VerdictName,
    *,
    treatment: str = "coffee",
    outcome: str = "sleep_minutes",
    steps: int = 140,
    truth: bool = False,
    randomised: bool = False,
    plain: bool = False,
) -> StudyParams:
    """Write every file the stage report reads; give the parameters.

    `plain` makes a record without time whose exposure is a continuous number.
    """
    x, y = treatment, outcome
    known = KnownTruth(value=-21.5, estimand="immediate", unit="min", source="simulation") if truth else None
    panel = _panel(steps, x, y)
    if plain:
        panel = panel.with_columns(pl.lit(None, pl.Datetime("us")).alias("start"), pl.col(x) + pl.col("step") % 7)
    graphs = _graphs(x, y, verdict)
    spec = _spec(x, y)
    protocol = frozen(_protocol(x, y, graphs, spec, randomised))
    write_frame(root / "data/panel.parquet", panel, Panel)
    audit = _audit(panel, x, y)
    undated = {"step": "row", "first": None, "last": None} if plain else {}
    write_document(root / "data/audit.json", audit.model_copy(update=undated))
    catalog = _catalog(panel, x, y)
    continuous = pl.when(pl.lit(plain) & (pl.col("variable") == x)).then(pl.lit("continuous")).otherwise("kind")
    write_frame(root / "data/catalog.parquet", catalog.with_columns(continuous.alias("kind")), Catalog)
    write_document(root / "data/exploration.json", _exploration(panel, x, y))
    write_bytes(root / "model/protocol.yaml", protocol_bytes(protocol))
    write_document(root / "model/graphs.json", graphs)
    write_document(root / "model/spec.json", SpecSet(specs=(spec,), protocol_sha256=protocol.sha256))
    write_document(root / "model/diagnostics.json", _diagnostics(panel, verdict))
    write_document(root / "results/effects.json", EffectSet(effects=tuple(_effects(verdict))))
    write_frame(root / "results/robustness.parquet", _robustness(), Robustness)
    write_document(root / "results/verdict.json", _verdict(verdict, x, y, known))
    return StudyParams(study=Study(name="study", treatment=x, outcome=y, known_truth=known, randomised=randomised))


def _panel(steps: int, x: str, y: str) -> pl.DataFrame:
    dice = random.Random(7)
    exposed = [float(dice.random() < 0.45) for _ in range(steps)]
    level, values = 0.0, []
    for e in exposed:
        level = 0.4 * level + dice.gauss(0, 22)
        values.append(None if dice.random() < 0.06 else 430 - 18 * e + level)
    return pl.DataFrame(
        {
            "step": range(steps),
            "start": [datetime(2024, 1, 1) + timedelta(days=i) for i in range(steps)],
            x: [None if i % 29 == 28 else e for i, e in enumerate(exposed)],
            y: values,
            "workout": [float(dice.random() < 0.3) for _ in range(steps)],
        },
        schema={"step": pl.Int64, "start": pl.Datetime("us"), x: pl.Float64, y: pl.Float64, "workout": pl.Float64},
    )


def _audit(panel: pl.DataFrame, x: str, y: str) -> Audit:
    variables = [
        VariableAudit(
            name=name,
            unit="min" if name == y else None,
            aggregate="mean" if name == y else "any",
            readings=panel.height,
            steps_observed=panel[name].count(),
            steps_missing=panel[name].null_count(),
            longest_gap=2,
            readings_outside_window=0,
        )
        for name in (x, y, "workout")
    ]
    file = FileAudit(
        path="data/raw/log.csv",
        sha256="a" * 64,
        adapter="csv",
        layout="wide",
        time_column="date",
        rows=panel.height,
        readings=3 * panel.height,
        first="2024-01-01",
        last="2024-05-19",
        zones=(),
    )
    finding = Finding(kind="gap", severity="note", where="log.csv", sentence="Two days in a row are missing.")
    return Audit(
        step="1d",
        day_starts_at="00:00",
        timezone=None,
        steps=panel.height,
        first="2024-01-01",
        last="2024-05-19",
        files=(file,),
        variables=tuple(variables),
        findings=(finding,),
    )


def _catalog(panel: pl.DataFrame, x: str, y: str) -> pl.DataFrame:
    rows = [
        {
            "variable": name,
            "unit": "min" if name == y else None,
            "kind": "continuous" if name == y else "binary",
            "levels": None,
            "aggregate": "mean",
            "source": "log.csv",
            "observed": panel[name].count(),
            "missing": panel[name].null_count(),
            "distinct": panel[name].n_unique(),
            "mean": panel[name].mean(),
            "sd": panel[name].std(),
            "min": panel[name].min(),
            "q25": panel[name].quantile(0.25),
            "median": panel[name].median(),
            "q75": panel[name].quantile(0.75),
            "max": panel[name].max(),
            "autocorrelation": 0.2,
            "trend_per_step": 0.0,
            "switches": 50,
            "longest_run": 6,
        }
        for name in (x, y, "workout")
    ]
    return pl.DataFrame(rows, schema_overrides={"unit": pl.String, "levels": pl.String})


def _exploration(panel: pl.DataFrame, x: str, y: str) -> Exploration:
    profile = Profile(
        variable=y,
        histogram_edges=(300.0, 400.0, 500.0),
        histogram_counts=(40, 60),
        weekday=(430.0, 428.0, 431.0, 425.0, 420.0, 440.0, 445.0),
        autocorrelation=(0.4, 0.2, None),
        first_half_mean=430.0,
        second_half_mean=428.0,
        missing_runs=(1, 2),
        effective_size=80.0,
    )
    overlap = Overlap(
        exposure=x,
        steps_exposed=63,
        steps_unexposed=73,
        usable_exposed=59,
        usable_unexposed=68,
        switches=66,
        longest_run_exposed=5,
        longest_run_unexposed=7,
    )
    associations = tuple(Association(first=x, second=y, lag=k, correlation=-0.3 / (k + 1), pairs=127) for k in range(4))
    return Exploration(steps=panel.height, profiles=(profile,), overlap=overlap, associations=associations, figures=())


def _graphs(x: str, y: str, verdict: VerdictName) -> GraphSet:
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


def _spec(x: str, y: str) -> ModelSpec:
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


def _protocol(x: str, y: str, graphs: GraphSet, spec: ModelSpec, randomised: bool) -> Protocol:
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
    )


def _diagnostics(panel: pl.DataFrame, verdict: VerdictName) -> Diagnostics:
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
    )


def _effects(verdict: VerdictName) -> list[Effect]:
    mean, sd = NUMBERS[verdict]
    horizons: list[tuple[EstimandName, int | None, float]] = [("immediate", 0, 1.0), ("cumulative", 14, 1.6)]
    horizons += [("period_effect", 14, 1.4), *(("impulse_response", h, 0.4**h) for h in range(8))]
    made = [_effect(name, horizon, "pooled", mean * k, sd * max(k, 0.1)) for name, horizon, k in horizons]
    made.append(_effect("immediate", 0, "primary", mean * 1.1, sd, weight=0.7))
    made.append(_effect("immediate", 0, "with_stress", mean * 0.8, sd * 1.5, weight=0.3))
    common = {"graph": "pooled", "weight": 1.0, "kind": "expected", "contrast": "1 versus 0"}
    half = {"unit": "steps", "definition": "first step with at most half of the peak", "horizon": 14}
    made.append(Effect.model_validate(common | half | {"estimand": "half_life", "q05": 1, "q50": 1, "q95": 3}))
    beyond = {"q05": 2, "q50": 4, "open_ended": ("q95",), "estimand": "washout"}
    made.append(Effect.model_validate(common | half | beyond))
    none = {"estimand": "steady_state", "unit": "min", "definition": "sustained", "horizon": None}
    made.append(Effect.model_validate(common | none | {"reason": "extrapolation: no run was that long"}))
    return made


def _effect(name: EstimandName, horizon: int | None, graph: str, mean: float, sd: float, weight: float = 1.0) -> Effect:
    return Effect(
        estimand=name,
        graph=graph,
        weight=weight,
        kind="expected",
        horizon=horizon,
        contrast="1 versus 0",
        unit="min",
        definition="mean over days of E[y | do(1)] - E[y | do(0)]",
        mean=mean,
        sd=sd,
        q05=mean - 1.645 * sd,
        q50=mean,
        q95=mean + 1.645 * sd,
        prob_positive=0.01,
    )


def _robustness() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "check": ["leave_one_block_out", "e_value"],
            "did": ["Each tenth of the record left out in turn", "Strength that a hidden cause would need"],
            "status": ["pass", "warn"],
            "value": [-21.2468, 2.1357],
            "threshold": [None, 2.0],
            "sentence": ["Without one block the effect lies between -25.1 and -21.2468.", "A weak cause would do."],
        },
        schema_overrides={"threshold": pl.Float64},
    )


def _verdict(verdict: VerdictName, x: str, y: str, truth: KnownTruth | None) -> Verdict:
    mean, sd = NUMBERS[verdict]
    refused = verdict in ("not_identified", "not_trustworthy")
    headline = Headline(
        name="immediate",
        mean=mean,
        sd=sd,
        q05=mean - 1.645 * sd,
        q50=mean,
        q95=mean + 1.645 * sd,
        unit="min",
        horizon=0,
        contrast="1 versus 0",
    )
    meaningful = {"effect": 0.99, "no_meaningful_effect": 0.03}.get(verdict, 0.6)
    return Verdict(
        question=f"Does {x} change {y}?",
        treatment=x,
        outcome=y,
        verdict=verdict,
        direction="decrease" if verdict == "effect" else "none",
        estimate=None if refused else headline,
        naive_difference=NaiveDifference(mean=-14.4321, se=5.1, n_exposed=59, n_unexposed=68, unit="min"),
        prob_direction=None if refused else 0.984,
        prob_meaningful=None if refused else meaningful,
        rope=Rope(low=-3.0, high=3.0, source="default"),
        reasons=REASONS[verdict],
        identified=verdict != "not_identified",
        gates={},
        next_step=NEXT[verdict],
        known_truth=truth,
    )
