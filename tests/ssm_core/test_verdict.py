"""The rules of the verdict, one row each."""

import pytest

from schemas.deciding import Thresholds
from ssm_core.effects.verdict import Evidence, decide, direction_of


@pytest.mark.parametrize(
    ("unidentified", "gates", "positive", "meaningful", "verdict"),
    [
        (0.0, (), 0.99, 0.9, "effect"),
        (0.0, (), 0.01, 0.9, "effect"),
        (0.0, (), 0.974, 0.9, "cannot_tell"),
        (0.0, (), 0.99, 0.79, "cannot_tell"),
        (0.0, (), 0.6, 0.05, "no_meaningful_effect"),
        (0.0, (), 0.6, 0.06, "cannot_tell"),
        (0.1, (), 0.99, 0.9, "effect"),
        (0.11, (), 0.99, 0.9, "not_identified"),
        (0.0, ("rhat",), 0.99, 0.9, "not_trustworthy"),
        (0.5, ("rhat",), 0.99, 0.9, "not_identified"),
    ],
)
def test_decide(unidentified, gates, positive, meaningful, verdict):
    assert decide(Evidence(unidentified, gates, positive, meaningful), Thresholds()) == verdict


def test_a_direction_is_only_stated_with_an_effect():
    assert direction_of("effect", 0.99) == "increase"
    assert direction_of("effect", 0.01) == "decrease"
    assert direction_of("cannot_tell", 0.96) == "none"
