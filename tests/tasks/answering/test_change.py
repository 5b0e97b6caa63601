"""What would change the verdict: every verdict has its sentence, and the figures are those of the rule."""

import pytest

from schemas.deciding import Thresholds
from schemas.results import Gate
from ssm_core.effects.verdict import Evidence, decide, in_force
from tasks.answering.change import would_change

FAILED = {"rhat": Gate(passed=False, value=1.2, threshold=1.01, hard=True, sentence="The chains disagree.")}


@pytest.mark.parametrize(
    ("evidence", "gates", "words"),
    [
        (Evidence(0.4, (), 0.99, 0.9), {}, "hold at most 10 % (now 40 %)"),
        (Evidence(0.0, ("rhat",), 0.99, 0.9), FAILED, "The chains disagree."),
        (Evidence(0.0, (), 0.99, 0.9), {}, "80 % for a size that matters (now 90 %)"),
        (Evidence(0.0, (), 0.5, 0.02), {}, "95 % for a size that does not matter (now 98 %)"),
        (Evidence(0.0, (), 0.9, 0.5), {}, "97.5 % for its direction (now 90 %)"),
    ],
)  # fmt: skip
def test_the_rule_is_told_with_its_threshold_and_where_the_study_stands(evidence, gates, words):
    verdict = decide(evidence, Thresholds())
    assert words in " ".join(would_change(verdict, evidence, Thresholds(), gates))


def test_certainty_is_never_rounded_up():
    told = would_change("effect", Evidence(0.0, (), 0.99999, 0.99999), Thresholds(), {})
    assert "(now 100 %)" not in told[0]
    assert "more than 99.9 %" in told[0]


def test_a_study_that_is_looked_at_every_night_needs_more_certainty():
    evidence = Evidence(0.0, (), 0.98, 0.9)
    assert decide(evidence, in_force(Thresholds(), "once")) == "effect"
    assert decide(evidence, in_force(Thresholds(), "nightly")) == "cannot_tell"
