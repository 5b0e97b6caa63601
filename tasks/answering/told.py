"""Sentences of a verdict that terminal and report look for: light, for a study in which nothing changed."""

from collections.abc import Sequence

HOLDS_IF, ONLY = "This holds if", "This is only about"
MOST_DOUBTS = 3


def condition_of(reasons: Sequence[str]) -> str:
    """The sentence that says on what an answer rests; empty where there is none."""
    return next((said for said in reasons if said.startswith(HOLDS_IF)), "")


def first_doubts(doubts: Sequence[str]) -> tuple[Sequence[str], str]:
    """The first few of a verdict, and a sentence that counts the others; empty where there are none."""
    more = len(doubts) - MOST_DOUBTS
    counted = f"{more} more doubt{'s'[: more > 1]}: see the scorecard in the report." if more > 0 else ""
    return doubts[:MOST_DOUBTS], counted
