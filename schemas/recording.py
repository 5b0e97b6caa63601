"""Requests to a language model, their recorded replies, and what each role must answer."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from schemas.features import Derivation
from schemas.prior import Prior

Role = Literal["variables", "graphs", "pairs", "priors", "narrative"]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Reason = Annotated[str, Field(min_length=1, max_length=600)]
VariableKind = Literal[
    "exposure", "outcome", "confounder", "mediator", "collider", "instrument", "negative_control", "ignore"
]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Message(_Document):
    """One chat message."""

    role: Literal["system", "user", "assistant"]
    content: str


class Request(_Document):
    """Everything that decides a reply; its canonical JSON is hashed to name the recording.

    Attributes:
        reply_schema: empty for a question that is answered by one word.
        top_logprobs: how many alternatives of the first word are wanted; not written when 0, so that the names of
            recordings without it stay.
        max_tokens: longest reply; null for that of `params.yaml`, and then not written either.
    """

    model: str
    messages: tuple[Message, ...]
    reply_schema: dict[str, Any]
    temperature: float
    seed: int
    prompt: Role
    prompt_version: str
    sample: int = 0
    top_logprobs: int = Field(default=0, ge=0, le=20, exclude_if=lambda wanted: wanted == 0)
    max_tokens: PositiveInt | None = Field(default=None, exclude_if=lambda limit: limit is None)


class Token(_Document):
    """One alternative for the first word of a reply, with its natural logarithm of the probability."""

    token: str
    logprob: float = Field(le=1e-6)


class Reply(_Document):
    """What came back, word for word; `model` names who answered (a hand-written reply says so here).

    Attributes:
        first: the alternatives of the first word, when they were asked for and the server knows them.
    """

    model: str
    content: str
    finish_reason: str
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    first: tuple[Token, ...] | None = Field(default=None, exclude_if=lambda alternatives: alternatives is None)


class Recording(_Document):
    """`recordings/SHA256.json`.

    Attributes:
        sha256: hash of the request's canonical JSON, also the file's name.
        reply_sha256: hash of the reply's canonical JSON: an edited reply is noticed.
        rekeyed_from: the request that the reply was really given to, when a person re-filed it under an edited prompt.
    """

    sha256: str
    reply_sha256: str
    rekeyed_from: str | None = None
    request: Request
    reply: Reply


class VariableRole(_Document):
    """What a variable is to the question."""

    name: Name
    role: VariableKind
    reason: Reason


class ProposedFeature(_Document):
    """A variable that code can derive from a recorded one, and what it would be to the question."""

    name: Name
    feature: Derivation
    role: VariableKind
    reason: Reason


class VariablesReply(_Document):
    """Role 1."""

    roles: tuple[VariableRole, ...]
    features: tuple[ProposedFeature, ...] = ()


class ProposedEdge(_Document):
    """A direct cause, with its delay in steps."""

    cause: Name
    effect: Name
    lag: int = Field(ge=0, le=30)
    reason: Reason


class ProposedGraph(_Document):
    """One candidate, with how plausible the model finds it."""

    summary: Reason
    plausibility: float = Field(gt=0, le=1)
    edges: tuple[ProposedEdge, ...] = Field(min_length=1)
    hidden_common_cause: bool
    hidden_reason: str = Field(max_length=600)


class GraphsReply(_Document):
    """Role 2."""

    graphs: tuple[ProposedGraph, ...] = Field(min_length=1, max_length=6)


class ProposedPrior(_Document):
    """A belief about one named parameter, in the unit that the request states."""

    parameter: Name
    prior: Prior
    unit: str
    reason: Reason


class PriorsReply(_Document):
    """Role 3."""

    priors: tuple[ProposedPrior, ...]


class ProposedQuantiles(_Document):
    """A belief about one named parameter: its 5 %, 50 % and 95 % quantiles, in the unit that the request states."""

    parameter: Name
    family: Literal["normal", "truncated_normal", "student_t", "half_normal", "log_normal", "gamma", "beta"]
    q05: float = Field(allow_inf_nan=False)
    q50: float = Field(allow_inf_nan=False)
    q95: float = Field(allow_inf_nan=False)
    unit: str
    reason: Reason


class QuantilesReply(_Document):
    """Role 3, when it is asked for quantiles; code fits the families."""

    quantiles: tuple[ProposedQuantiles, ...]


class NarrativeReply(_Document):
    """Role 4: sentences with slots such as `{estimate.mean}`; a literal digit is refused."""

    answer: str = Field(min_length=1, max_length=600)
    how_sure: str = Field(min_length=1, max_length=800)
    why: str = Field(min_length=1, max_length=1200)
    what_next: str = Field(min_length=1, max_length=800)
