"""Role 4's text is read sentence by sentence: each must be one of the statements that follow from the verdict.

The statements are a grammar in `statements/`, chosen by verdict, direction and design; what it does not cover is
rejected, whatever its words, so that nobody has to list lies. The price is that honest sentences in other words are
rejected too; the reason then quotes sentences that are understood. Of 304 altered narratives (95 of them held out
until the statements were finished) and 370 earlier ones none passes; of 46 honest sentences written afterwards 11 are
rejected (`tests/tasks/llm/test_narrative_statements.py`).
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from schemas.recording import NarrativeReply
from schemas.results import VerdictName
from tasks.llm.inputs import Direction, NarrativeFacts
from tasks.llm.narrative_grammar import Grammar, Reading, Rules, for_keys, read_rules, words_of
from tasks.llm.narrative_slots import SLOT, allowed_slots
from tasks.llm.narrative_text import template

_FOLDER = Path(__file__).parent / "statements"
_MOST_WORDS = 60
_PLAIN = str.maketrans({"’": "'", "‘": "'", "–": " : ", "—": " : ", ",": " ", "(": " ", ")": " "})
_CONTRACTED = re.compile(r"\b(ca|wo)?(\w*?)n't\b")
_FULL = {"ca": "can", "wo": "will"}
_DASH = re.compile(r"(?<=\s)-(?=\s)")
_END = re.compile(r"[.;](?=\s|$)")
_BRACKETED = re.compile(r"\([^()]*\{contrast\}[^()]*\)")
_WORD = re.compile(r"\{[^{}]*\}|[^\W\d_]+(?:['-][^\W\d_]+)*|\S")
_IDLE = frozenset(
    ("also", "still", "itself", "then", "thus", "therefore", "overall", "moreover", "furthermore", "unfortunately")
)
KINDS: tuple[tuple[VerdictName, Direction], ...] = (
    ("effect", "increase"),
    ("effect", "decrease"),
    ("no_meaningful_effect", "none"),
    ("cannot_tell", "none"),
    ("not_identified", "none"),
    ("not_trustworthy", "none"),
)
"""Every verdict with every direction that it can have."""

type Sentence = tuple[str, ...]


def check_narrative(reply: NarrativeReply, facts: NarrativeFacts) -> list[str]:
    """Why these four parts cannot be shown, each reason beginning with its part; empty when they can."""
    parts: dict[str, str] = reply.model_dump()
    reasons = [f"{part}: {reason}" for part, text in parts.items() for reason in text_problems(text, facts)]
    if "{next_step}" not in reply.what_next:
        reasons.append("what_next: the slot {next_step} is missing")
    reasons += [f"answer: {reason}" for reason in _answer_problems(reply.answer, facts)]
    shown = template(facts).model_dump()
    failing = dict.fromkeys(reason.partition(":")[0] for reason in reasons)
    return reasons + [f"{part}: these words are understood: {shown[part]}" for part in failing]


def text_problems(text: str, facts: NarrativeFacts) -> list[str]:
    """What is wrong with one text, whichever part it stands in."""
    grammar = _grammar(facts)
    unread = [sentence for sentence in sentences(text) if not _covered(sentence, grammar)]
    found = [*_character_problems(SLOT.sub(" ", text)), *_slot_problems(text, facts)]
    return [*found, *dict.fromkeys(_why_not(sentence, facts) for sentence in unread)]


def sentences(text: str) -> Iterator[Sentence]:
    """The words of each sentence in small letters, without commas, brackets and idle words; `isn't` as `is not`."""
    plain = _CONTRACTED.sub(_in_full, _DASH.sub(":", text.translate(_PLAIN).lower()))
    for sentence in _END.split(plain):
        if words := tuple(word for word in _WORD.findall(sentence) if word not in _IDLE):
            yield words


def _covered(sentence: Sentence, grammar: Grammar) -> bool:
    """Whether it is made of statements; what has no end is not read, as that would take as long as it is."""
    return len(sentence) <= _MOST_WORDS and Reading(grammar, sentence).covers("sentence")


def _in_full(found: re.Match[str]) -> str:
    return f"{_FULL.get(found[1], found[1] or '')}{found[2]} not"


@cache
def _all_rules() -> Rules:
    return read_rules("\n".join(path.read_text(encoding="utf-8") for path in sorted(_FOLDER.glob("*.txt"))))


@cache
def _known_words() -> frozenset[str]:
    return words_of(_all_rules())


@cache
def _grammar(facts: NarrativeFacts) -> Grammar:
    """The statements that hold for these facts."""
    design = "random" if facts.randomised else "observed"
    return Grammar(for_keys(_all_rules(), facts.verdict, facts.direction, design))


def _why_not(sentence: Sentence, facts: NarrativeFacts) -> str:
    """Why a sentence is not one of the statements: of another verdict, of unknown words, or something else."""
    said = " ".join(sentence)[:160]
    kinds = (facts._replace(verdict=verdict, direction=direction) for verdict, direction in KINDS)
    others = (*kinds, facts._replace(randomised=not facts.randomised))
    if len(sentence) > _MOST_WORDS:
        return f"a sentence has more than {_MOST_WORDS} words"
    fitting = [other for other in others if _covered(sentence, _grammar(other))]
    if fitting:
        return f"'{said}' does not fit {_named(facts)}; it would fit {_named(fitting[0])}"
    rare = [word for word in dict.fromkeys(sentence) if word.isalpha() and word not in _known_words()]
    if rare:
        words = ", ".join(f"'{word[:30]}'" for word in rare[:6])
        return f"{words} is not among the plain words of such a text; use simpler, more common ones"
    return f"'{said}' is not understood as something that follows from the verdict; say it more plainly or leave it out"


def _named(facts: NarrativeFacts) -> str:
    direction = f", direction: {facts.direction}" if facts.verdict == "effect" else ""
    return f"the verdict {facts.verdict}{direction}, assigned at random: {'yes' if facts.randomised else 'no'}"


def _character_problems(text: str) -> Iterator[str]:
    if any(character.isnumeric() for character in text):
        yield "it contains a digit; numbers come from slots only"
    if any(not character.isascii() and ord(character) not in _PLAIN for character in text):
        yield "it contains a letter or sign that plain English does not need"
    if any(not character.isprintable() and character != "\n" for character in text):
        yield "it contains an invisible character"


def _slot_problems(text: str, facts: NarrativeFacts) -> Iterator[str]:
    allowed = allowed_slots(facts.verdict)
    valid = ", ".join(f"{{{name}}}" for name in allowed)
    for name in dict.fromkeys(SLOT.findall(text)):
        if name not in allowed:
            yield f"the slot {{{name[:40]}}} is not allowed here; the slots are {valid}"
    if "{contrast}" in _BRACKETED.sub(" ", text):
        yield "{contrast} must stand in parentheses"


def _answer_problems(text: str, facts: NarrativeFacts) -> Iterator[str]:
    """What the answer must say: the finding, of whom, and its condition where chance did not decide."""
    grammar = _grammar(facts)
    readings = [Reading(grammar, each) for each in sentences(text) if _covered(each, grammar)]
    if not any(reading.holds("finding") for reading in readings):
        yield "it must say what the verdict is"
    stated = facts.verdict in {"effect", "no_meaningful_effect"}
    conditional = any(reading.holds("condition") or reading.holds("no-hidden") for reading in readings)
    if stated and not facts.randomised and not conditional:
        yield "it must state its condition: if nothing unrecorded drives both"
    if "{outcome}" not in text or "{treatment}" not in text:
        yield "it must name {treatment} and {outcome}"
