"""The checker against texts of many kinds: 360 wrong ones are rejected, 80 honest ones accepted.

`narratives.tsv` was invented by hand in five rounds: number words, digits of other scripts, negations, hedges,
directions in other words, causal verbs for refused effects, units, other languages, mark-up; then wrong sentences that
are made of allowed words only.
"""

import csv
from pathlib import Path

import pytest

from tasks.llm.inputs import NarrativeFacts
from tasks.llm.narrative_check import check_narrative
from tasks.llm.narrative_text import template

with (Path(__file__).parent / "narratives.tsv").open(encoding="ascii", newline="") as lines:
    ROWS = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def judged(row: dict[str, str]) -> list[str]:
    facts = NarrativeFacts(row["verdict"], row["direction"], row["randomised"] == "yes", "lay")
    text = row["text"].encode("ascii").decode("unicode_escape")
    return check_narrative(template(facts).model_copy(update={row["part"]: text}), facts)


def of(expected: str) -> list[dict[str, str]]:
    return [row for row in ROWS if row["expected"] == expected]


@pytest.mark.parametrize("row", of("wrong"), ids=lambda row: row["text"])
def test_a_wrong_answer_is_rejected_whatever_its_words(row: dict[str, str]):
    assert judged(row)


@pytest.mark.parametrize("row", of("honest"), ids=lambda row: row["text"])
def test_an_honest_text_is_accepted(row: dict[str, str]):
    assert judged(row) == []


def test_there_are_enough_of_both():
    assert len({row["text"] for row in of("wrong")}) >= 360
    assert len({row["text"] for row in of("honest")}) >= 80


def test_a_rejection_names_the_rare_words():
    text = "The result is inconclusive, he opined lugubriously."
    reason, _ = judged(
        {**of("wrong")[0], "verdict": "cannot_tell", "direction": "none", "part": "how_sure", "text": text}
    )
    assert "'opined', 'lugubriously' is not among the plain words" in reason
