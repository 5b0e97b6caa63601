"""The exposure and the outcome that a question names, found by matching words with variable names."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from tasks.sources.tabular.names import words_of

_GENERIC = {
    "mean", "daily", "avg", "average", "score", "rating", "level", "total", "min", "max", "value", "day",
    "count", "number", "log", "minutes", "hours", "duration", "my", "index",
}  # fmt: skip
_UNITS = {
    "h", "hr", "hrs", "hour", "min", "mins", "minute", "s", "sec", "secs", "second", "seconds", "ms", "kg", "g", "mg",
    "lb", "lbs", "oz", "l", "ml", "cl", "dl", "km", "mi", "m", "cm", "mm", "kcal", "kj", "bpm", "pct", "percent",
    "unit", "units",
}  # fmt: skip
"""Words that only say, at the end of a name, in what it is counted."""
_REVERSING = {
    "by", "after", "when", "whenever", "if", "with", "from", "following", "on", "to", "using", "thanks",
    "because", "due",
}  # fmt: skip
_FILLERS = {
    "a", "an", "the", "my", "i", "of", "to", "more", "less", "some", "any", "taking", "take", "took", "having",
    "have", "had", "drink", "drinking", "drank", "eat", "eating", "ate", "use", "used", "doing", "do", "did", "mg",
    "g", "ml", "getting",
}  # fmt: skip
_ENDINGS = (
    "iness", "ness", "ivity", "iviti", "ive", "ations", "ation", "ating", "ated", "ate", "ier", "ings", "ing", "ied",
    "ed", "ies", "es", "s",
)  # fmt: skip
_AGAINST = {"versus", "vs", "than", "instead", "rather", "compared", "against", "over"}
_VERBS = (
    "affect", "change", "chang", "rais", "incr", "decr", "reduc", "lower", "improv", "worsen", "help", "influenc",
    "caus", "make", "mak", "impact", "alter", "boost", "driv", "shift", "better", "effect", "predict", "matter",
    "lengthen", "shorten", "extend", "prolong",
)  # fmt: skip


class Mention(NamedTuple):
    """A variable in the question: words `start` to `end` (exclusive); `ties` if another variable fits as well."""

    variable: str
    start: int
    end: int
    ties: bool


def resolve_question(question: str, variables: Sequence[str]) -> tuple[str | None, str | None]:
    """The exposure and the outcome, each None when the question leaves it unclear.

    The first variable named is the exposure and the second the outcome, unless the sentence is turned round
    (`is my mood affected by melatonin`). A variable that another is only compared with is left aside.
    """
    words = [word.lower() for word in re.findall(r"[^\W_]+", question)]
    mentions = _without_comparators(words, _mentions(words, variables))
    names = list(dict.fromkeys(mention.variable for mention in mentions))
    if len(names) == 1:
        return _single(words, mentions[0])
    if len(names) != 2:
        return None, None
    first = mentions[0]
    second = next(mention for mention in mentions if mention.variable != first.variable)
    treatment, outcome = (second, first) if _reversed(words, first, second) else (first, second)
    return None if treatment.ties else treatment.variable, None if outcome.ties else outcome.variable


def stem(word: str) -> str:
    """A crude stem: `happiness`, `happy` and `happier` share one, so do `naps` and `nap`."""
    word = word.lower()
    word = word[:-1] + "i" if word.endswith("y") and len(word) > 3 else word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            base = word[: -len(ending)]
            return base + ("i" if ending in ("iness", "ier", "ied", "ies") else "")
    return word


def _same(word: str, other: str) -> bool:
    return word == other or stem(word).rstrip("e") == stem(other).rstrip("e")


def _mentions(words: list[str], variables: Sequence[str]) -> list[Mention]:
    found: list[tuple[int, int, int, int, int, str]] = []
    cores = {variable: _core(variable) for variable in variables}
    for variable, core in cores.items():
        parts = _parts(variable)
        for start in range(len(words)):
            end = _matched(words, start, core)
            if end is not None:
                spoken = sum(any(_same(part, word) for word in words) for part in parts)
                found.append((-len(core), len(parts) - spoken, -len(parts), start, end, variable))
    chosen: list[Mention] = []
    for *rank, start, end, variable in sorted(found):
        if any(start < other.end and other.start < end for other in chosen):
            continue
        ties = any([*rank, start, end] == list(entry[:5]) and entry[5] != variable for entry in found)
        ties |= rank[1] > 0 and any(set(cores[variable]) < set(core) for core in cores.values())
        chosen.append(Mention(variable, start, end, ties))
    return sorted(chosen, key=lambda mention: mention.start)


def _parts(variable: str) -> list[str]:
    return [word for word in words_of(variable) if not word.isdigit()] or [variable.lower()]


def _core(variable: str) -> list[str]:
    """The words of a name that must be in the question."""
    parts = _parts(variable)
    named = parts[:-1] if parts[-1] in _UNITS else parts
    return [word for word in named if word not in _GENERIC] or parts


def _matched(words: list[str], start: int, core: list[str]) -> int | None:
    """End of the run of words that says `core`, in any order; generic words and 'of' may stand between."""
    left = list(core)
    at = start
    while at < len(words) and left:
        hit = next((part for part in left if _same(part, words[at])), None)
        if hit is not None:
            left.remove(hit)
        elif at == start or (words[at] not in _GENERIC and words[at] != "of"):
            return None
        at += 1
    return at if not left else None


def _without_comparators(words: list[str], mentions: list[Mention]) -> list[Mention]:
    kept = [m for m in mentions if not set(words[max(0, m.start - 2) : m.start]) & _AGAINST]
    return kept if len({m.variable for m in kept}) >= 2 else mentions


def _reversed(words: list[str], first: Mention, second: Mention) -> bool:
    before = second.start - 1
    while before >= first.end and (words[before] in _FILLERS - {"to", "of"} or words[before].isdigit()):
        before -= 1
    leading = words[before] if before >= first.end else ""
    between = words[first.end : second.start]
    if leading == "of":
        before_first = words[max(0, first.start - 3) : first.start]
        return "on" in before_first or between[:2] == ["because", "of"] or "because" in between
    if leading in ("on", "to", "from", "with"):
        return not any(word.startswith(("effect", "impact", "influence")) for word in words[: first.start]) and (
            leading not in ("on", "to")
            or any(w.startswith(("depend", "respon", "react", "due", "relat")) for w in between)
        )
    return leading in _REVERSING


def _single(words: list[str], mention: Mention) -> tuple[str | None, str | None]:
    if mention.ties:
        return None, None
    before = any(word.startswith(_VERBS) for word in words[: mention.start])
    after = any(word.startswith(_VERBS) for word in words[mention.end :])
    if after and not before:
        return mention.variable, None
    return (None, mention.variable) if before and not after else (None, None)
