"""When the next exposure may be held against an analysis: decided by separation in unrolled time."""

import pytest

from schemas.graph import CausalGraph
from ssm_core.robustness.leads import next_exposure_is_independent


def graph(*edges, hidden=(), forgetful=()):
    names = dict.fromkeys(name for source, target, _ in edges for name in (source, target))
    nodes = [{"name": n, "observed": n not in hidden, "memory": n not in forgetful} for n in names]
    return CausalGraph.model_validate(
        {"nodes": nodes, "edges": [{"from": s, "to": t, "lag": lag} for s, t, lag in edges]}
    )


EFFECT = ("X", "Y", 0)


@pytest.mark.parametrize(
    ("edges", "hidden", "forgetful", "expected"),
    [
        ((EFFECT,), (), (), True),
        ((EFFECT, ("X", "Y", 1)), (), (), True),
        ((EFFECT, ("Y", "X", 1)), (), (), False),
        ((EFFECT, ("Y", "X", 2)), (), (), True),
        ((EFFECT, ("Y", "M", 1), ("M", "X", 0)), (), (), False),
        ((EFFECT, ("Z", "X", 0), ("Z", "Y", 0)), (), (), True),
        ((EFFECT, ("Z", "X", 1), ("Z", "Y", 0)), (), (), True),
        ((EFFECT, ("U", "X", 0), ("U", "Y", 0)), ("U",), (), False),
        ((EFFECT, ("U", "X", 0), ("U", "Y", 0)), ("U",), ("U",), True),
        ((EFFECT, ("U", "X", 1), ("U", "Y", 0)), ("U",), ("U",), False),
        ((EFFECT, ("U", "Y", 0)), ("U",), (), True),
        ((EFFECT, ("U", "X", 0)), ("U",), (), True),
        ((("X", "Y", 1),), (), (), True),
    ],
)
def test_separation_decides(edges, hidden, forgetful, expected):
    assert next_exposure_is_independent(graph(*edges, hidden=hidden, forgetful=forgetful), "X", "Y") is expected
