"""Time-series causal graphs: nodes, lagged edges, and who asserted them."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt

AssertedBy = Literal["person", "model", "data", "rule", "design", "default"]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Node(_Document):
    """A variable of the graph; `memory` means that its own previous step is one of its causes."""

    name: str = Field(min_length=1)
    observed: bool = True
    memory: bool = True


class Edge(_Document):
    """`source` at step t - `lag` is a direct cause of `target` at step t."""

    source: str = Field(alias="from", min_length=1)
    target: str = Field(alias="to", min_length=1)
    lag: NonNegativeInt = 0
    asserted_by: AssertedBy = "person"
    reason: str = ""


class NoHiddenCommonCause(_Document):
    """Who says that nothing unrecorded drives both exposure and outcome, and why."""

    exposure: str
    outcome: str
    asserted_by: AssertedBy
    reason: str


class CausalGraph(_Document):
    """One candidate graph; the weights of all candidates of a study add up to one."""

    name: str = Field(default="graph", pattern=r"^[a-z][a-z0-9_]*$")
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    weight: float = Field(default=1.0, ge=0, le=1)
    no_hidden_common_cause: tuple[NoHiddenCommonCause, ...] = ()
    summary: str = ""


class GraphSet(_Document):
    """`model/graphs.json`: the candidates, the primary first, with the verdict of identification on each."""

    treatment: str
    outcome: str
    lag: NonNegativeInt
    graphs: tuple[CausalGraph, ...] = Field(min_length=1)
    identification: dict[str, "Identification"]


class Identification(_Document):
    """Whether the effect follows from the graph and the observed variables alone, and how.

    Attributes:
        method: `adjustment`, `no_path` (the effect is zero by the graph) or `none`.
        adjustment_sets: sets of nodes written `X[t-1]`.
        reasons: for a refusal, the open paths in words.
        slices: length of the window in steps that decided.
    """

    identified: bool
    method: Literal["adjustment", "frontdoor", "id", "no_path", "none"]
    adjustment_sets: tuple[tuple[str, ...], ...] = ()
    reasons: tuple[str, ...] = ()
    slices: NonNegativeInt
    effect_zero_by_graph: bool = False
    kind: Literal["nonparametric", "parametric_only", "none"]
