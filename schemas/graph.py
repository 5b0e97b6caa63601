"""Time-series causal graphs: nodes, lagged edges, and who asserted them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt

AssertedBy = Literal["person", "model", "data", "rule", "design", "default"]


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Node(_Document):
    """A variable of the graph.

    Attributes:
        observed: recorded without error; otherwise hidden.
        memory: its own previous step is one of its causes.
        missing_because: nodes of the same step that decide whether its value gets recorded (itself included).
    """

    name: str = Field(min_length=1)
    observed: bool = True
    memory: bool = True
    missing_because: tuple[str, ...] = ()


class Edge(_Document):
    """`source` at step t - `lag` is a direct cause of `target` at step t.

    Attributes:
        weights: how probable the edge is to each that was asked, by name; empty where nobody gave a number.
    """

    source: str = Field(alias="from", min_length=1)
    target: str = Field(alias="to", min_length=1)
    lag: NonNegativeInt = 0
    asserted_by: AssertedBy = "person"
    reason: str = ""
    weights: dict[str, Annotated[float, Field(ge=0, le=1)]] = Field(default={}, exclude_if=lambda weights: not weights)

    def __hash__(self) -> int:
        """By what it draws: a dictionary has no hash, and equal edges have equal places."""
        return hash((self.source, self.target, self.lag))


class NoHiddenCommonCause(_Document):
    """Who says that nothing unrecorded drives both exposure and outcome, and why."""

    exposure: str
    outcome: str
    asserted_by: AssertedBy
    reason: str


class CausalGraph(_Document):
    """One candidate graph; the weights of all candidates of a study add up to one.

    Attributes:
        selected_on: nodes of which one value lets a step into the record (a device that was worn).
    """

    name: str = Field(default="graph", pattern=r"^[a-z][a-z0-9_]*$")
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    weight: float = Field(default=1.0, ge=0, le=1)
    no_hidden_common_cause: tuple[NoHiddenCommonCause, ...] = ()
    selected_on: tuple[str, ...] = ()
    summary: str = ""


class GraphSet(_Document):
    """`model/graphs.json`: the candidates, the primary first, with the verdict of identification on each."""

    treatment: str
    outcome: str
    lag: NonNegativeInt
    graphs: tuple[CausalGraph, ...] = Field(min_length=1)
    identification: dict[str, "Identification"]


class FrontDoor(_Document):
    """Recorded nodes that carry the whole effect, and what is held fixed beside them."""

    mediators: tuple[str, ...]
    given: tuple[str, ...]


class Identification(_Document):
    """Whether the effect follows from the graph and the observed variables alone, and how; nodes as `X[t-1]`.

    Attributes:
        identified: nonparametrically, from the law of a finite window.
        method: the plainest that works; `no_path` means that the effect is zero by the graph.
        adjustment_sets: minimal ones, smallest first.
        truncated: there are more minimal sets than are listed.
        optimal_adjustment_set: the set with the smallest asymptotic variance, when all its members are recorded; it may
            reach further back than `slices`.
        front_door: for `frontdoor`.
        functional: for `frontdoor` and `id`, the estimand as an expression in the law of the window.
        reasons: for a refusal, the open paths in words.
        slices: the first window, in steps, that says yes; the longest that was examined when none does.
        kind: `parametric_only` when linearity, normality and constancy over time would resolve what the graph does not.
    """

    identified: bool
    method: Literal["adjustment", "frontdoor", "id", "no_path", "none"]
    adjustment_sets: tuple[tuple[str, ...], ...] = ()
    truncated: bool = False
    optimal_adjustment_set: tuple[str, ...] | None = None
    front_door: FrontDoor | None = None
    functional: str | None = None
    reasons: tuple[str, ...] = ()
    slices: NonNegativeInt
    effect_zero_by_graph: bool = False
    kind: Literal["nonparametric", "parametric_only", "none"]
