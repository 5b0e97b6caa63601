"""Scales of words, such as none, mild, moderate, severe: one a line, lowest first, `/` between words of one rank."""

import re

_TABLE = """
low, medium/moderate/mid/middle, high
none, low, medium/moderate, high
very low, low, medium/moderate/neutral/average/normal, high, very high
none, mild/slight, moderate, severe
none, mild/slight, moderate, severe, very severe
none, light, medium/moderate, heavy
none, light, moderate, vigorous
none, spotting, light, medium/moderate, heavy
small, medium, large
weak, medium/moderate, strong
slow, medium/moderate, fast
easy, medium/moderate, hard/difficult
very easy, easy, medium/moderate/neutral, hard/difficult, very hard/very difficult
bad, ok/okay/neutral/average/fair/meh/so-so, good
very bad, bad, ok/okay/neutral/average/fair/meh/so-so, good, very good
terrible/awful/horrible, bad, ok/okay/neutral/average/fair/meh/so-so, good, great/excellent/amazing/rad
very bad, fairly bad, fairly good, very good
poor, fair, good, excellent
poor, fair, good, very good, excellent
very poor, poor, fair/average/ok/okay, good, very good
never, rarely/seldom, sometimes/occasionally, often/frequently, always
never, rarely/seldom, sometimes/occasionally, often/frequently, very often
never, almost never, sometimes, fairly often, very often
not at all, a little/a little bit/a bit/slightly, somewhat/moderately, very much/a lot/extremely
not at all, a little/a little bit/a bit/slightly, somewhat/moderately, quite a bit, very much/extremely
very slightly or not at all, a little, moderately, quite a bit, extremely
not at all, several days, more than half the days, nearly every day
strongly disagree, disagree, neutral/neither agree nor disagree/undecided, agree, strongly agree
very dissatisfied, dissatisfied, neutral, satisfied, very satisfied
very unlikely, unlikely, neutral, likely, very likely
much worse, worse, same/the same/unchanged/no change, better, much better
"""
SCALES: tuple[dict[str, int], ...] = tuple(
    {word: rank for rank, words in enumerate(line.split(", ")) for word in words.split("/")}
    for line in _TABLE.strip().splitlines()
)


def plain(word: str) -> str:
    """A word as scales have it: neither case nor blanks around or between its parts matter."""
    return re.sub(r"[\s_]+", " ", word).strip().casefold()


def ranks_of(words: set[str]) -> dict[str, int] | None:
    """The rank of each word on the one scale that has them all; None if there is none, or they might stand for others.

    A scale all of whose ranks occur goes before longer ones; else all scales must put the words equally far apart.
    """
    fitting = [scale for scale in SCALES if words <= scale.keys()]
    whole = [scale for scale in fitting if {scale[word] for word in words} == set(scale.values())]
    found = [{word: scale[word] for word in sorted(words)} for scale in whole or fitting]
    distances = {tuple(rank - min(ranks.values()) for rank in ranks.values()) for ranks in found}
    return found[0] if len(distances) == 1 and len(set(found[0].values())) == len(words) > 1 else None
