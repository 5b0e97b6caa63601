"""The analysis protocol, frozen and hashed before the fit."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.graph import CausalGraph
from schemas.results import EstimandName, Rope
from schemas.spec import ModelSpec


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


class Protocol(_Document):
    """`model/protocol.yaml`: question, estimand, exposure coding, model, priors and decision rule (SPENT-style)."""

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
    knowledge: tuple[str, ...] = ()
    edge_beliefs: tuple[EdgeBelief, ...] = ()
    prior_checks: dict[str, PriorCheck]
    calls: tuple[Call, ...]
    fingerprint: dict[str, str]
    amendments: tuple[Amendment, ...] = ()
    sha256: str = ""
