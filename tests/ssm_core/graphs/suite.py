"""Known answers: graphs, what is asked, and what a careful epidemiologist answers, with the reason."""

from typing import NamedTuple

from schemas.graph import CausalGraph
from tests.ssm_core.graphs.making import graph


class Known(NamedTuple):
    """One graph with its answer.

    Attributes:
        why: the reason in words.
        lag: asked; None is the shortest chain.
        sets: minimal adjustment sets, when listed; each as words.
    """

    name: str
    graph: CausalGraph
    identified: bool
    method: str
    kind: str
    why: str
    lag: int | None = None
    sets: tuple[str, ...] | None = None


def _yes(name: str, g: CausalGraph, why: str, *sets: str, lag: int | None = None) -> Known:
    return Known(name, g, True, "adjustment", "nonparametric", why, lag, sets or None)


def _door(name: str, g: CausalGraph, why: str, lag: int | None = None) -> Known:
    return Known(name, g, True, "frontdoor", "nonparametric", why, lag)


def _id(name: str, g: CausalGraph, why: str, lag: int | None = None) -> Known:
    return Known(name, g, True, "id", "nonparametric", why, lag)


def _zero(name: str, g: CausalGraph, why: str, lag: int | None = None) -> Known:
    return Known(name, g, True, "no_path", "nonparametric", why, lag)


def _linear(name: str, g: CausalGraph, why: str, lag: int | None = None) -> Known:
    return Known(name, g, False, "none", "parametric_only", why, lag)


def _no(name: str, g: CausalGraph, why: str, lag: int | None = None) -> Known:
    return Known(name, g, False, "none", "none", why, lag)


ZERO = (
    _zero("reverse", graph("X Y", "Y>X@1"), "only the outcome acts on the exposure"),
    _zero("unrelated", graph("X Y"), "nothing connects them"),
    _zero("common cause only", graph("X Y U*", "U>X@0 U>Y@0"), "they move together, but X does nothing"),
    _zero("collider only", graph("X Y C", "X>C@0 Y>C@0"), "a common effect is no path"),
    _zero(
        "lag one asked at lag zero", graph("X Y", "X>Y@1"), "no chain takes zero steps: a trap, not an answer", lag=0
    ),
    _zero("confounded lag one asked at lag zero", graph("X Y U*", "X>Y@1 U>X@0 U>Y@0"), "the same trap", lag=0),
    _zero("memoryless chain asked too late", graph("X~ Y~", "X>Y@1"), "after one step all is forgotten", lag=3),
)
RECORDED = (
    _yes("no confounding", graph("X Y", "X>Y@0"), "each one's own past separates the pasts", "X[t-1]", "Y[t-1]"),
    _yes("assigned anew each step", graph("X~ Y", "X>Y@0"), "nothing causes X", ""),
    _yes("assigned, hidden cause of the outcome", graph("X~ Y U*", "X>Y@0 U>Y@0"), "nothing causes X", ""),
    _yes("feedback", graph("X Y", "X>Y@0 Y>X@1"), "yesterday's outcome drives X and remains in Y", "Y[t-1]"),
    _yes("feedback without own past", graph("X~ Y", "X>Y@0 Y>X@1"), "the past outcome is the confounder", "Y[t-1]"),
    _yes("feedback and carry-over", graph("X Y", "X>Y@0 X>Y@1 Y>X@1"), "yesterday's X acts too", "X[t-1] Y[t-1]"),
    _yes("lagged effect", graph("X Y", "X>Y@1"), "asked at its own lag", "Y[t-1]", lag=1),
    _yes("lagged effect asked later", graph("X Y", "X>Y@1"), "the total effect after two steps", lag=2),
    _yes("weekly effect", graph("X Y", "X>Y@7 Y>X@1"), "a long lag is a lag"),
    _yes("recorded confounder", graph("X Y C", "X>Y@0 C>X@0 C>Y@0"), "C is adjusted for", "C[t] X[t-1]", "C[t] Y[t-1]"),
    _yes("recorded confounder, long lag", graph("X Y C", "X>Y@0 C>X@2 C>Y@2"), "C two steps ago is adjusted for"),
    _yes("confounder that reacts", graph("X Y C", "X>Y@0 C>X@0 C>Y@0 Y>C@1 X>C@1"), "it precedes X all the same"),
    _yes("mediator", graph("X M Y", "X>M@0 M>Y@0 X>Y@0"), "M belongs to the effect and is left alone"),
    _yes("mediator confounded with the outcome", graph("X M Y U*~", "X>M@0 M>Y@0 U>M@0 U>Y@0"), "X itself is not"),
    _yes("collider", graph("X Y C", "X>Y@0 X>C@0 Y>C@0"), "C is left alone", "X[t-1]", "Y[t-1]"),
    _yes("own memory at lag two only", graph("X~ Y", "X>Y@0 X>X@2"), "an explicit self-edge counts"),
)
HIDDEN_BUT_HARMLESS = (
    _yes("hidden cause of X only", graph("X Y U*", "X>Y@0 U>X@0"), "the outcome's past blocks", "Y[t-1]"),
    _yes("hidden cause of Y only", graph("X Y U*", "X>Y@0 U>Y@0"), "the exposure's past blocks", "X[t-1]"),
    _yes(
        "hidden cause of Y under feedback", graph("X Y U*", "X>Y@0 U>Y@0 Y>X@1"), "all that drives X is recorded",
        "X[t-1] Y[t-1]",
    ),
    _yes("hidden mediator", graph("X M* Y", "X>M@0 M>Y@0"), "X's past blocks", "X[t-1]"),
    _yes("hidden mediator under feedback", graph("X M* Y", "X>M@0 M>Y@0 Y>X@1"), "X's causes are recorded"),
    _yes("hidden cause reaches X through C", graph("X Y C U*", "X>Y@0 U>C@0 C>X@0 U>Y@0"), "C blocks on X's side"),
    _yes("hidden cause reaches Y through C", graph("X Y C U*", "X>Y@0 U>X@0 U>C@0 C>Y@0"), "C blocks on Y's side"),
    _yes("memoryless hidden, later on Y", graph("X Y U*~", "X>Y@0 U>X@0 U>Y@1"), "X's past blocks", "X[t-1]"),
    _yes("memoryless hidden, later on X", graph("X Y U*~", "X>Y@0 U>X@1 U>Y@0"), "Y's past blocks", "Y[t-1]"),
    _yes("memoryless hidden, two steps later", graph("X Y U*~", "X>Y@0 U>X@0 U>Y@2"), "X's past blocks"),
    _yes(
        "memoryless hidden, later on Y, feedback", graph("X Y U*~", "X>Y@0 U>X@0 U>Y@1 Y>X@1"),
        "both pasts together", "X[t-1] Y[t-1]",
    ),
    _yes("M-bias, memoryless", graph("X Y M U*~ V*~", "X>Y@0 U>X@0 U>M@0 V>M@0 V>Y@0"), "M is a collider"),
)  # fmt: skip
OTHER_WAYS = (
    _door("front door", graph("X M Y U*", "X>M@0 M>Y@0 U>X@0 U>Y@0"), "M carries everything and is unconfounded"),
    _door("front door, lag-one hidden cause", graph("X M Y U*", "X>M@0 M>Y@0 U>X@1 U>Y@1"), "the same"),
    _door("front door, lagged", graph("X M Y U*", "X>M@0 M>Y@1 U>X@0 U>Y@0"), "the same, a step later", lag=1),
    _door("front door, feedback", graph("X M Y U*", "X>M@0 M>Y@0 U>X@0 U>Y@0 Y>X@1"), "M is still unconfounded"),
    _door(
        "two front doors",
        graph("X M N Y U*", "X>M@0 X>N@0 M>Y@0 N>Y@0 U>X@0 U>Y@0"), "both mediators together"
    ),
    _door("front door beside a confounder", graph("X M Y C U*", "X>M@0 M>Y@0 U>X@0 U>Y@0 C>X@0 C>M@0"), "given C"),
    _id("napkin", graph("W~ Z~ X~ Y~ U*~ V*~", "W>Z@0 Z>X@0 X>Y@0 U>W@0 U>X@0 V>W@0 V>Y@0"), "a ratio of margins"),
    _id(
        "napkin with memory", graph("W Z X Y U*~ V*~", "W>Z@0 Z>X@0 X>Y@0 U>W@0 U>X@0 V>W@0 V>Y@0"),
        "the ratio within each past",
    ),
    _id("napkin over time", graph("W~ Z~ X~ Y~ U*~ V*~", "W>Z@1 Z>X@1 X>Y@0 U>W@0 U>X@2 V>W@0 V>Y@2"), "three slices"),
    _id(
        "two mediators in crossed bows",
        graph("X M N Y U*~ V*~", "X>M@0 M>N@0 N>Y@0 U>X@0 U>N@0 V>M@0 V>Y@0"),
        "each step of the chain is free of the next one's hidden cause",
    ),
)  # fmt: skip
NOT = (
    _linear("persistent hidden, lag one", graph("X Y U*", "X>Y@0 U>X@1 U>Y@1"), "U before the record acts on both"),
    _linear("persistent hidden, same step", graph("X Y U*", "X>Y@0 U>X@0 U>Y@0"), "U acts on both"),
    _linear("persistent hidden, lag zero on X, one on Y", graph("X Y U*", "X>Y@0 U>X@0 U>Y@1"), "memory of U"),
    _linear("persistent hidden, lag one on X, zero on Y", graph("X Y U*", "X>Y@0 U>X@1 U>Y@0"), "memory of U"),
    _linear("hidden with an explicit self-edge", graph("X Y U*~", "X>Y@0 U>U@1 U>X@1 U>Y@1"), "a self-edge is memory"),
    _linear("persistent hidden, lagged effect", graph("X Y U*", "X>Y@1 U>X@0 U>Y@0"), "asked at the right lag", lag=1),
    _linear("persistent hidden, feedback", graph("X Y U*", "X>Y@0 U>X@0 U>Y@0 Y>X@1"), "feedback does not help"),
    _linear("memoryless hidden, same step", graph("X Y U*~", "X>Y@0 U>X@0 U>Y@0"), "X's past is an instrument at best"),
    _linear("memoryless hidden, lag of the effect", graph("X Y U*~", "X>Y@1 U>X@0 U>Y@1"), "a bow over time", lag=1),
    _no("bow", graph("X~ Y~ U*~", "X>Y@0 U>X@0 U>Y@0"), "two numbers, three unknowns"),
    _linear("instrument", graph("Z X Y U*", "Z>X@0 X>Y@0 U>X@0 U>Y@0"), "only linearity makes Z enough"),
    _linear("instrument, no memory anywhere", graph("Z~ X~ Y~ U*~", "Z>X@0 X>Y@0 U>X@0 U>Y@0"), "the same"),
    _linear("instrument, lagged", graph("Z X~ Y~ U*", "Z>X@1 X>Y@0 U>X@0 U>Y@0"), "the same"),
    _linear(
        "separate hidden causes of X and Y", graph("X Y U*~ V*", "X>Y@0 U>U@1 U>X@0 V>Y@0"),
        "before the record X acted on Y: the first slices tie U to V and both last",
    ),
    _linear(
        "M-bias, persistent", graph("X Y M U* V*", "X>Y@0 U>X@0 U>M@0 V>M@0 V>Y@0"), "as with separate hidden causes"
    ),
    _linear("front door with a direct edge", graph("X M Y U*", "X>M@0 M>Y@0 X>Y@0 U>X@0 U>Y@0"), "M is not all"),
    _linear("front door confounded at X", graph("X M Y U* V*~", "X>M@0 M>Y@0 U>X@0 U>Y@0 V>X@0 V>M@0"), "bow at M"),
    _no("mediator in a bow, no memory", graph("X~ M~ Y~ U*~", "X>M@0 M>Y@0 U>X@0 U>M@0"), "bow at the mediator"),
    _linear("noisy proxy of the hidden cause", graph("X Y P U*", "X>Y@0 U>X@0 U>Y@0 U>P@0"), "P blurs what U does"),
    _no("hidden exposure", graph("X* Y", "X>Y@0"), "no law without X"),
    _no("hidden outcome", graph("X Y*", "X>Y@0"), "no law without Y"),
)  # fmt: skip
SELECTED = (
    _no("worn because of X and Y", graph("X Y S~", "X>Y@0 X>S@0 Y>S@0", selected_on="S"), "a collider is held fixed"),
    _no("worn because of Y", graph("X Y S~", "X>Y@0 Y>S@0", selected_on="S"), "selected on the outcome"),
    _no(
        "worn because of X and a hidden cause of Y", graph("X Y S~ U*", "X>Y@0 X>S@0 U>S@0 U>Y@0", selected_on="S"),
        "opens X → S ← U → Y",
    ),
    _no("worn because of the mediator", graph("X M Y S~", "X>M@0 M>Y@0 M>S@0", selected_on="S"), "part of the effect"),
    _yes("worn because of X", graph("X Y S~", "X>Y@0 X>S@0", selected_on="S"), "no path to Y but through X"),
    _yes("worn at random", graph("X Y S", "X>Y@0", selected_on="S"), "wearing has nothing to do with it"),
    _yes("worn because of C", graph("X Y C S~", "X>Y@0 C>X@0 C>Y@0 C>S@0", selected_on="S"), "C is adjusted for"),
    _no("selected on the exposure", graph("X Y", "X>Y@0", selected_on="X"), "nothing to compare"),
    _no("outcome missing when low", graph("X Y", "X>Y@0", Y="Y"), "the outcome decides whether it is seen"),
    _no("outcome missing because of the mediator", graph("X M Y", "X>M@0 M>Y@0", Y="M"), "part of the effect"),
    _yes("outcome missing because of C", graph("X Y C", "X>Y@0 C>X@0 C>Y@0", Y="C"), "C is adjusted for"),
    _yes("exposure missing because of what drives Y", graph("X Y V*", "X>Y@0 V>Y@0", X="V"), "X's past still blocks"),
    _yes("outcome missing because of X", graph("X Y", "X>Y@0", Y="X"), "given X the gaps carry no news"),
)  # fmt: skip
SUITE = (*ZERO, *RECORDED, *HIDDEN_BUT_HARMLESS, *OTHER_WAYS, *NOT, *SELECTED)
