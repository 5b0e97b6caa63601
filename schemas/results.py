"""Effects, gates and the verdict: the documents that other programs read."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

VerdictName = Literal["effect", "no_meaningful_effect", "cannot_tell", "not_identified", "not_trustworthy"]
EstimandName = Literal[
    "immediate",
    "average_since_beginning",
    "impulse_response",
    "controlled_direct",
    "cumulative",
    "steady_state",
    "dose_response",
    "period_effect",
    "counterfactual",
    "strategy",
    "time_to_90",
    "half_life",
    "washout",
    "design_based",
    "as_assigned",
    "as_taken",
    "per_protocol",
]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Effect(_Document):
    """One estimand of one graph (or `pooled` over graphs), in the outcome's unit (durations: steps).

    Attributes:
        horizon: steps after the exposure (immediate, impulse response), length in steps (cumulative, period, average
            since a beginning).
        kind: interval of the expected outcome, or of the outcome as it would be lived.
        reason: why there is no number, when `mean` and the quantiles are null.
        dose: exposure value, in a dose-response.
        graph_share: share of the variance of a pooled effect that is disagreement between graphs.
        open_ended: a quantile that lies beyond the horizon is null and named here, for example `q95`.
    """

    estimand: EstimandName
    graph: str
    weight: float = Field(ge=0, le=1)
    kind: Literal["expected", "predictive"]
    horizon: int | None
    contrast: str
    unit: str
    definition: str
    mean: float | None = None
    sd: float | None = None
    q05: float | None = None
    q50: float | None = None
    q95: float | None = None
    prob_positive: float | None = None
    mcse: float | None = None
    ess: float | None = None
    rhat: float | None = None
    reason: str | None = None
    dose: float | None = None
    graph_share: float | None = None
    open_ended: tuple[str, ...] = ()


class EffectSet(_Document):
    """`results/effects.json`."""

    schema_version: Literal["1"] = "1"
    effects: tuple[Effect, ...]


class Headline(_Document):
    """The headline estimand as the verdict shows it; `horizon` counts steps, each called a `step_name`."""

    name: EstimandName
    mean: float
    sd: float
    q05: float
    q50: float
    q95: float
    unit: str
    horizon: int
    step_name: str = "step"
    contrast: str


class NaiveDifference(_Document):
    """Plain difference of means between exposed and unexposed steps (continuous exposure: least-squares slope)."""

    mean: float | None
    se: float | None
    n_exposed: int
    n_unexposed: int
    unit: str


class Gate(_Document):
    """One check with its figure; a hard gate that fails withholds the number."""

    passed: bool
    value: float | None
    threshold: float
    hard: bool
    sentence: str


class Fit(_Document):
    """One-step-ahead predictions of the outcome at the posterior mean, in its unit; null where there is none."""

    predicted: tuple[float | None, ...]
    sd: tuple[float | None, ...]
    residual: tuple[float | None, ...]


class Diagnostics(_Document):
    """`model/diagnostics.json`: what the sampler and the predictive checks say, per graph.

    Attributes:
        graphs: gates by graph and name.
        sampler: settings and figures of the run (seed, chains, kernel, gradient evaluations).
        summary: by graph and parameter: mean, sd, q05, q50, q95, rhat, ess_bulk, ess_tail, mcse.
        fit: by graph, step by step.
        weights: of every candidate graph after the record, fitted or not; they add up to one.
        weights_kept: why these are the asserted ones; null where the record moved them.
    """

    schema_version: Literal["1"] = "1"
    graphs: dict[str, dict[str, Gate]]
    sampler: dict[str, float | int | str]
    summary: dict[str, dict[str, dict[str, float]]]
    fit: dict[str, Fit]
    weights: dict[str, float] = {}
    weights_kept: str | None = None


class Rope(_Document):
    """Region of practical equivalence, in the outcome's unit."""

    low: float
    high: float
    source: Literal["default", "person", "model"]


class KnownTruth(_Document):
    """The true effect of a simulated study, for comparison only: no stage uses it."""

    value: float
    estimand: EstimandName
    unit: str
    source: str


class Verdict(_Document):
    """`results/verdict.json`.

    Attributes:
        language_model: how much the answer depends on the language model, in one sentence; empty where none was asked
            before the fit or no number is shown.
        doubts: what lines of the scorecard object to; empty where no number is shown.
        unless: what would take the effect away and which the record cannot tell, as the end of "unless"; else empty.
    """

    schema_version: Literal["1"] = "1"
    question: str
    treatment: str
    outcome: str
    verdict: VerdictName
    direction: Literal["increase", "decrease", "none"]
    estimate: Headline | None
    naive_difference: NaiveDifference
    prob_direction: float | None
    prob_meaningful: float | None
    rope: Rope
    reasons: tuple[str, ...]
    identified: bool
    gates: dict[str, Gate]
    next_step: str
    would_change: tuple[str, ...] = ()
    language_model: str = ""
    doubts: tuple[str, ...] = ()
    unless: str = ""
    known_truth: KnownTruth | None = None
