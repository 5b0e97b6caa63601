"""From the alternatives of one word to the probability of an answer, and from answers to that of an edge."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from schemas.recording import Reply, Token

LEAST_SHARE = 0.05
"""When less than this probability lies on the offered answers, the model did not answer the question."""
_WORD = re.compile(r"[a-z]+", re.IGNORECASE)


class EdgeProbability(NamedTuple):
    """How probable one direct cause is to the model, asked about alone.

    Attributes:
        yes_no: mean over the orders of the two words; null when no reply was usable.
        choice: mean over the orders of the statements and of the two variables; null likewise, or when only one
            direction is possible.
        probability: mean of the two; null when neither is known.
        sampled: whether some answers were counted because the server tells no log-probabilities.
    """

    cause: str
    effect: str
    lag: int
    yes_no: float | None
    choice: float | None
    probability: float | None
    sampled: bool


def scored(alternatives: Sequence[Token], labels: Sequence[str]) -> dict[str, float] | None:
    """Probability of each label given that one of them is meant; null when `LEAST_SHARE` is not reached.

    Spellings of a label (`Yes`, ` yes`, `YES.`) add up: p(label) = sum_s exp(logprob_s) / sum over all labels. A label
    whose spellings are not among the alternatives has at most the probability of the rarest that is, and gets half.

    Args:
        alternatives: tokens with natural logarithms of probabilities.
        labels: the words or letters that were offered, different without regard to case.

    Source: Kadavath et al. 2022, arXiv:2207.05221, section 3 (answers read off as probabilities of their letters).
    """
    mass = dict.fromkeys(labels, 0.0)
    for token in alternatives:
        label = label_in(token.token, labels)
        if label is not None:
            mass[label] += math.exp(token.logprob)
    if sum(mass.values()) < LEAST_SHARE:
        return None
    rarest = min(math.exp(token.logprob) for token in alternatives)
    mass = {label: found or rarest / 2 for label, found in mass.items()}
    total = sum(mass.values())
    return {label: found / total for label, found in mass.items()}


def counted(replies: Sequence[Reply], labels: Sequence[str]) -> dict[str, float] | None:
    """Share of each label among repeated replies, null when no reply names one.

    p(label) = (n(label) + 1/K) / (n + 1) with K labels: one imaginary reply, spread evenly, so that no answer is
    impossible after a handful of samples.
    """
    said = [label for reply in replies if (label := label_in(reply.content, labels)) is not None]
    if not said:
        return None
    return {label: (said.count(label) + 1 / len(labels)) / (len(said) + 1) for label in labels}


def label_in(text: str, labels: Sequence[str]) -> str | None:
    """The label that the first word of `text` is, whatever its case and what surrounds it."""
    first = _WORD.search(text)
    known = {label.casefold(): label for label in labels}
    return known.get(first[0].casefold()) if first else None


def mean_of(scores: Sequence[Mapping[str, float] | None], meaning: str) -> float | None:
    """Mean probability of one meaning over the orders in which it was offered; unusable replies do not count."""
    usable = [score[meaning] for score in scores if score is not None]
    return sum(usable) / len(usable) if usable else None


def edge_probability(
    cause: str, effect: str, lag: int, yes_no: float | None, choice: float | None, *, sampled: bool
) -> EdgeProbability:
    """Put the two ways of asking together: their mean, or the one that there is."""
    known = [each for each in (yes_no, choice) if each is not None]
    probability = sum(known) / len(known) if known else None
    return EdgeProbability(cause, effect, lag, yes_no, choice, probability, sampled)
