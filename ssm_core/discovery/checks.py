"""Prior weights that make no sense are refused before anything is computed."""

from collections import Counter
from collections.abc import Sequence

from schemas.errors import StudyError
from ssm_core.discovery.lagged import Record
from ssm_core.discovery.priors import EdgePrior

MOST_UNCERTAIN = 8
"""Nodes that may or may not have a hidden cause: each doubles the work."""
WHERE = "the prior weights of edges"


def memories(record: Record, priors: Sequence[EdgePrior]) -> list[EdgePrior]:
    """Required lag-1 self-edges of nodes that have none listed."""
    listed = {(p.source, p.target, p.lag) for p in priors}
    return [EdgePrior(name, name, 1, 1.0) for name in record.names if (name, name, 1) not in listed]


def check_priors(record: Record, priors: Sequence[EdgePrior]) -> None:
    """Each edge once, weights in [0, 1], lags within the record, no self-edge within a step.

    Raises:
        StudyError: the first thing that is wrong.
    """
    known = set(record.names)
    for edge, times in Counter((p.source, p.target, p.lag) for p in priors).items():
        if times > 1:
            raise StudyError("every edge once", f"{_words(*edge)} {times} times", WHERE)
    for p in priors:
        words = _words(p.source, p.target, p.lag)
        if not 0 <= p.weight <= 1:
            raise StudyError("weights between 0 and 1", f"{p.weight} for {words}", WHERE)
        if not 0 <= p.lag < len(record.values):
            raise StudyError("lags between 0 and the length of the record", words, WHERE)
        if p.source == p.target and p.lag == 0 and p.weight > 0:
            raise StudyError("a lag of at least one from a variable to itself", words, WHERE)
    uncertain = {p.target for p in priors if p.target in known and p.source not in known and 0 < p.weight < 1}
    if len(uncertain) > MOST_UNCERTAIN:
        got = f"{len(uncertain)} of them"
        fix = "settle some of the hidden causes (weight 0 or 1)"
        raise StudyError(f"at most {MOST_UNCERTAIN} nodes with an uncertain hidden cause", got, WHERE, fix)


def _words(source: str, target: str, lag: int) -> str:
    return f"{source} -> {target} at lag {lag}"
