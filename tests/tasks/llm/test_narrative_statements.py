"""The checker against narratives by kind: 304 altered ones, of which none may pass, and honest ones in many words.

`narratives_by_kind.tsv` holds whole narratives; `$` stands for the template's text of the part. 204 altered rows were
written before the statements, 95 of them (`held_out`) looked at only at the end; the other 100, of the kind
`small_words`, attack the words that may stand between statements. Lists of forbidden and of plain words, which the
checker was before, let 44 of 159 and 37 of 145 pass; the statements let none of either.

Honest rows show what is rejected without need. `development`, `sentences` and `last` were used to write the
statements; their author also wrote `held_out`, which therefore flatters (rejected: 1 of 31, before 27). `unseen` was
written when the statements were finished and tells what to expect: 11 of its 46 sentences and 6 of its 8 narratives
are rejected at the first try, as many as before. The reason then quotes sentences that are understood.
"""

import csv
import itertools
import json
from pathlib import Path

import pytest

from schemas.recording import NarrativeReply
from tasks.llm import narrative_check
from tasks.llm.inputs import NarrativeFacts
from tasks.llm.narrative_check import check_narrative, text_problems
from tasks.llm.narrative_text import template
from tasks.llm.roles.narrative import narrative_question

with (Path(__file__).parent / "narratives_by_kind.tsv").open(encoding="ascii", newline="") as lines:
    ROWS = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))

ALTERED = [row for row in ROWS if row["kind"] != "honest"]
HONEST = [row for row in ROWS if row["kind"] == "honest"]
KINDS = sorted({row["kind"] for row in ALTERED})
MOST_REJECTED = {"development": 0.1, "held_out": 0.1, "sentences": 0.1, "last": 0.2, "unseen": 0.8}


def facts_of(row: dict[str, str]) -> NarrativeFacts:
    return NarrativeFacts(row["verdict"], row["direction"], row["randomised"] == "yes", row["audience"])


def reasons(row: dict[str, str]) -> list[str]:
    facts = facts_of(row)
    parts = {
        part: row[part].replace("$", text).encode("ascii").decode("unicode_escape")
        for part, text in template(facts).model_dump().items()
    }
    return check_narrative(NarrativeReply(**parts), facts)


@pytest.mark.parametrize("half", ["development", "held_out"])
@pytest.mark.parametrize("kind", KINDS)
def test_no_altered_narrative_of_this_kind_passes(kind: str, half: str):
    rows = [row for row in ALTERED if (row["kind"], row["half"]) == (kind, half)]
    assert rows
    passed = [row for row in rows if not reasons(row)]
    assert passed == []


@pytest.mark.parametrize("half", MOST_REJECTED)
def test_few_honest_narratives_are_rejected(half: str):
    rows = [row for row in HONEST if row["half"] == half]
    rejected = [row for row in rows if reasons(row)]
    assert len(rejected) <= MOST_REJECTED[half] * len(rows), [reasons(row) for row in rejected]


def test_there_are_enough_of_both():
    assert len({tuple(row.values()) for row in ALTERED}) >= 300
    assert len({tuple(row.values()) for row in HONEST}) >= 300
    assert len(KINDS) >= 20


def test_the_shipped_narratives_pass():
    folder = Path(narrative_check.__file__).parents[1] / "demo" / "recordings"
    recordings = [json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")]
    replies = {each["request"]["messages"][-1]["content"]: each["reply"]["content"] for each in recordings}
    verdicts = {"effect increase", "effect decrease", "no_meaningful_effect none", "cannot_tell none"}
    checked = 0
    for verdict, audience in itertools.product(verdicts, ("lay", "technical")):
        facts = NarrativeFacts(*verdict.split(), randomised=True, audience=audience)
        asked = narrative_question(facts, attempts=1).prompt.messages[-1].content
        if asked in replies:
            assert check_narrative(NarrativeReply.model_validate_json(replies[asked]), facts) == []
            checked += 1
    assert checked == len(verdicts)


UP = NarrativeFacts("effect", "increase", randomised=True, audience="lay")
OPEN = UP._replace(verdict="cannot_tell", direction="none")


@pytest.mark.parametrize(
    "text",
    [
        "This is that.",
        "The record shows it.",
        "{treatment} raised {outcome}, but it was.",
        "{treatment} raised {outcome}, but there was and the comparison rests on {days}.",
    ],
)
def test_small_words_alone_state_nothing_and_are_rejected(text: str):
    assert text_problems(text, UP)


def test_capitals_commas_and_idle_words_change_nothing():
    assert text_problems("ALSO, on average, {treatment} raised {outcome}", UP) == []


def test_a_sentence_of_another_verdict_is_named_as_such():
    (reason,) = text_problems("{treatment} raised {outcome}.", OPEN)
    assert reason.endswith("it would fit the verdict effect, direction: increase, assigned at random: yes")


def test_a_rejected_part_is_shown_words_that_are_understood():
    reply = template(UP).model_copy(update={"why": "It is settled."})
    assert f"why: these words are understood: {template(UP).why}" in check_narrative(reply, UP)


def test_a_sentence_without_end_is_rejected_before_it_is_read():
    assert text_problems("the record shows " * 10_000, UP) == ["a sentence has more than 60 words"]
