"""The scenarios: a world, what the person declares about it, and where the headline's true value is."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from benchmarks.simulations.worlds import (
    Shape,
    World,
    carried_over,
    front_door,
    half_life_of,
    late_hidden,
    naive_trap,
    proxy_parent,
    world,
)

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Scenario(NamedTuple):
    """One scenario.

    Attributes:
        words: what happens in it, for the page.
        world: how its records come about.
        steps: lengths of the records.
        study, configure: what the person writes in `params.yaml`.
        identified: whether the graph lets the effect be known.
        half_life: the true one of a study, from a generator as the world is given it.
        shape: of the world, where it is a single equation: truths from the prior keep how its exposure comes about.
    """

    words: str
    world: World
    steps: tuple[int, ...] = (180,)
    study: Mapping[str, Any] = NOTHING
    configure: Mapping[str, Any] = NOTHING
    identified: bool = True
    shape: Shape | None = None
    half_life: Callable[[np.random.Generator], float] | None = None


RANDOMISED = {"randomised": True}
HIDDEN_BOTH = [{"from": "u", "to": "x"}, {"from": "u", "to": "y"}]


def _shaped(
    words: str,
    shape: Shape,
    steps: tuple[int, ...] = (180,),
    study: Mapping[str, Any] = NOTHING,
    configure: Mapping[str, Any] = NOTHING,
) -> Scenario:
    return Scenario(words, world(shape), steps, study, configure, shape=shape)


SCENARIOS: dict[str, Scenario] = {
    "randomised": _shaped("a coin decides the exposure", Shape(), (60, 180, 365), RANDOMISED),
    "feedback": _shaped(
        "a bad day makes the exposure more likely on the next", Shape(feedback=-1.0, habit=0.3), (60, 180, 365)
    ),
    "confounder": _shaped(
        "a recorded third variable drives exposure and outcome",
        Shape(by_confounder=1.0, confounding=0.8),
        configure={"roles": {"z": "confounder"}},
    ),
    "calendar": _shaped(
        "feedback, and the outcome drifts and has a weekday pattern", Shape(feedback=-0.7, calendar=0.8)
    ),
    "missing": _shaped("feedback, a fifth of all cells not recorded", Shape(feedback=-1.0, missing=0.2)),
    "naive trap": Scenario("the outcome's own past decides the exposure (logit 1.5)", naive_trap),
    "front door": Scenario(
        "a hidden persistent cause of both; the whole effect goes through a recorded mediator (continuous exposure)",
        front_door(binary=False),
        configure={
            "hidden": {"u": {}},
            "roles": {"m": "mediator"},
            "require": [*HIDDEN_BOTH, {"from": "x", "to": "m"}, {"from": "m", "to": "y"}],
            "forbid": [{"from": "x", "to": "y"}, {"from": "y", "to": "x"}],
        },
    ),
    "proxy parent": Scenario(
        "a hidden cause of the outcome; the exposure answers to a recorded proxy of it",
        proxy_parent,
        configure={
            "hidden": {"u": {}},
            "require": [{"from": "u", "to": "p"}, {"from": "u", "to": "y"}, {"from": "p", "to": "x"}],
            "forbid": [{"from": "y", "to": "x"}],
        },
    ),
    "late hidden cause": Scenario(
        "a hidden cause without memory of the exposure now and the outcome a step later (continuous exposure)",
        late_hidden,
        configure={
            "hidden": {"u": {"memory": False}},
            "require": [{"from": "u", "to": "x"}, {"from": "u", "to": "y", "lag": 1}],
            "forbid": [{"from": "y", "to": "x"}],
        },
    ),
    "washout": Scenario(
        "randomised periods of one to two weeks, what is left of an effect is halved every two to four steps",
        carried_over,
        study=RANDOMISED,
        half_life=half_life_of,
    ),
    "hidden cause of both": Scenario(
        "a hidden persistent cause of exposure and outcome, declared: no number may come out",
        front_door(binary=True),
        configure={"hidden": {"u": {}}, "require": HIDDEN_BOTH, "roles": {"m": "ignore"}},
        identified=False,
    ),
    "hidden cause, strict": Scenario(
        "nobody vouches that nothing hidden drives both, and the study is strict: no number may come out",
        world(Shape(feedback=-1.0)),
        configure={"strict": True},
        identified=False,
    ),
}  # fmt: skip

TRUTHS = (0.0, 0.3, 0.8)
"""Fixed true effects, in noise standard deviations of the outcome."""
