"""What is generally known about a pair of variables: direction, typical delay, plausible size, a reference each."""

import csv
import re
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

_FOLDER = Path(__file__).parent
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")

SIZES: dict[str, float] = {"small": 0.2, "moderate": 0.5, "large": 0.8}
"""Standard deviations of the effect for a usual change of the cause. Source: Cohen 1988, Statistical Power Analysis."""


class KnownPair(NamedTuple):
    """One line of the table.

    Attributes:
        cause, effect: concepts, not the names of a study's columns.
        sign: direction of the effect when there is more of the cause.
        lag: typical delay in days; a night counts for the day of waking.
        size: coarse class of the effect, see `SIZES`.
        reference: first author, year, journal, volume and first page.
        checked: whether author, year and journal were found together on a public page when the table was last checked
            (November 2026); sign and size are the reading of whoever wrote the line.
    """

    cause: str
    effect: str
    sign: Literal["+", "-"]
    lag: int
    size: Literal["small", "moderate", "large"]
    reference: str
    checked: bool


@cache
def pairs() -> dict[tuple[str, str], KnownPair]:
    """The table by cause and effect."""
    rows = (_pair(**row) for row in _rows("pairs.tsv"))
    return {(row.cause, row.effect): row for row in rows}


def _pair(cause: str, effect: str, sign: str, lag: str, size: str, reference: str, checked: str) -> KnownPair:
    """One line of the file.

    Raises:
        ValueError: a sign, a size or a mark that the table does not know.
    """
    if sign not in ("+", "-") or size not in ("small", "moderate", "large"):
        raise ValueError(f"pairs.tsv: {cause} to {effect}: expected a sign and a size, got '{sign}' and '{size}'")
    if checked not in ("found", "not found"):
        raise ValueError(f"pairs.tsv: {cause} to {effect}: expected 'found' or 'not found', got '{checked}'")
    return KnownPair(cause, effect, sign, int(lag), size, reference, checked == "found")


@cache
def concepts() -> dict[tuple[str, ...], str]:
    """Each phrase that names a concept, as a tuple of lower-case words."""
    return {
        tuple(phrase.split()): row["concept"] for row in _rows("concepts.tsv") for phrase in row["words"].split(", ")
    }


def concept_of(name: str) -> str | None:
    """The concept a column's name speaks of: that of the longest phrase in it, null when there is none or a tie.

    `sleep_quality`, `SleepQuality` and `my sleep quality` are the same; `stress` inside `distress` is not found, and
    a name that speaks of two things at equal length (`coffee_or_wine`) is not guessed at.
    """
    words = tuple(word.lower() for word in _WORD.findall(name.replace("_", " ")))
    found: dict[int, set[str]] = {}
    for phrase, concept in concepts().items():
        if any(words[i : i + len(phrase)] == phrase for i in range(len(words) - len(phrase) + 1)):
            found.setdefault(len(phrase), set()).add(concept)
    best = found[max(found)] if found else set()
    return next(iter(best)) if len(best) == 1 else None


def known(cause: str, effect: str) -> KnownPair | None:
    """What the table says about one column acting on another; null when it says nothing."""
    pair = concept_of(cause), concept_of(effect)
    return None if None in pair else pairs().get((str(pair[0]), str(pair[1])))


def sentence(cause: str, effect: str) -> str:
    """The same in words, with its reference; or that nothing is known."""
    pair = known(cause, effect)
    if pair is None:
        return f"The table of general knowledge says nothing about '{cause}' acting on '{effect}'."
    direction = "higher" if pair.sign == "+" else "lower"
    when = "on the same day" if pair.lag == 0 else "on the next day"
    return (
        f"In general, more {pair.cause.replace('_', ' ')} goes with {direction} {pair.effect.replace('_', ' ')} "
        f"{when}, "
        f"a {pair.size} effect ({pair.reference}); a single person may differ."
    )


def _rows(file: str) -> list[dict[str, str]]:
    with (_FOLDER / file).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
