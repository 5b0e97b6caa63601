"""The analysis protocol, frozen and hashed before the fit."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.graph import AssertedBy, CausalGraph
from schemas.results import EstimandName, Rope
from schemas.spec import ModelSpec

UNKNOWN_UNIT = "units"
PROBABILITY = "in probability"
"""What an effect on a two-valued outcome without a unit is measured in: its mean is a share of the steps."""
"""What a size is counted in where nobody has said the unit of a column."""


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class VariableContract(_Document):
    """A variable as the protocol knew it; a change of one of these makes a new protocol."""

    name: str
    unit: str | None
    kind: str
    levels: str | None


class Amendment(_Document):
    """An earlier protocol that this one replaces, and what changed."""

    replaces_sha256: str
    changed: tuple[str, ...]


class Call(_Document):
    """A language-model reply that this protocol rests on; how long it took stands in the run log."""

    role: str
    prompt_version: str
    model: str
    recording: str
    seed: int = 0
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class DecisionRule(_Document):
    """The thresholds by which the verdict is reached."""

    prob_direction: float
    prob_meaningful: float
    prob_equivalent: float


class PriorCheck(_Document):
    """What a prior says about the outcome before the fit, beside what was recorded, in the outcome's unit."""

    passed: bool
    prior_low: float
    prior_high: float
    recorded_low: float
    recorded_high: float
    sentence: str


class EdgeBelief(_Document):
    """How probable a language model finds one direct cause, by each way of asking; null where that way was not used.

    Attributes:
        whole_graphs: share of its candidate graphs, by plausibility, that have the edge.
        pair_by_pair: probability when asked about this edge alone.
        combined: the mean of those that there are.
    """

    cause: str
    effect: str
    lag: int = Field(ge=0)
    whole_graphs: float | None = Field(ge=0, le=1)
    pair_by_pair: float | None = Field(ge=0, le=1)
    combined: float = Field(ge=0, le=1)


class DiscoveredEdge(_Document):
    """How probable a direct cause is without and with the record.

    Attributes:
        asserted_by: who holds it in a candidate graph; empty where nobody does.
        before: probability by the candidates and what was believed of single edges.
        after: with the record.
    """

    cause: str
    effect: str
    lag: int = Field(ge=0)
    asserted_by: tuple[AssertedBy, ...]
    before: float = Field(ge=0, le=1)
    after: float = Field(ge=0, le=1)


class RecordSays(_Document):
    """The record as an asserter of edges, when the protocol was frozen.

    Attributes:
        edges: those it was asked about.
        rows: steps that were used.
        added: candidate graphs it added.
        note: why it added none.
    """

    edges: tuple[DiscoveredEdge, ...]
    rows: int
    added: int
    note: str


class FeatureProposal(_Document):
    """A variable that a language model would derive from another one.

    Attributes:
        derived: whether the record holds it, so that graphs could use it.
        made: the feature in the words of `ingest.features`.
    """

    name: str
    of: str
    kind: str
    made: dict[str, str | int | float | tuple[str, ...]]
    role: str
    reason: str
    derived: bool


class OtherModel(_Document):
    """The choices of another language model whose replies to the same questions are recorded.

    Attributes:
        spec: its main graph's model with its priors; null where it would not answer this question.
        identified: whether the effect follows from its main graph.
        why: what keeps it from a number; empty where nothing does.
    """

    name: str
    spec: ModelSpec | None
    identified: bool
    why: str = ""


class Protocol(_Document):
    """`model/protocol.yaml`: question, estimand, exposure coding, model, priors and decision rule (SPENT-style).

    `outcome_first`: the outcome of a step is over before its exposure, which can act on later steps only.
    """

    schema_version: Literal["1"] = "1"
    question: str
    treatment: str
    outcome: str
    estimand: EstimandName
    lag: int = Field(ge=0)
    contrast_from: float
    contrast_to: float
    contrast: str
    exposure_coding: str
    randomised: bool
    taken: str | None = None
    outcome_first: bool = False
    horizon: int
    step_name: str = "step"
    rope: Rope
    decision: DecisionRule
    specified: Literal["before the outcome was seen", "after the outcome was recorded, before the fit"]
    variables: tuple[VariableContract, ...]
    not_adjusted: dict[str, str]
    graphs: tuple[CausalGraph, ...]
    specs: tuple[ModelSpec, ...]
    exposures: tuple[ModelSpec, ...] = ()
    without_model: ModelSpec | None = None
    other_models: tuple[OtherModel, ...] = ()
    proposed_features: tuple[FeatureProposal, ...] = ()
    prior_doubts: tuple[str, ...] = ()
    knowledge: tuple[str, ...] = ()
    edge_beliefs: tuple[EdgeBelief, ...] = ()
    record_says: RecordSays | None = None
    prior_checks: dict[str, PriorCheck]
    calls: tuple[Call, ...]
    fingerprint: dict[str, str]
    amendments: tuple[Amendment, ...] = ()
    sha256: str = ""
