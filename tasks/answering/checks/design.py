"""Doubts about a randomised design: does the assignment alone say the same, was it followed, was it guessed?"""

import numpy as np

from schemas.rounding import signed
from ssm_core.designs.assignment import design_seen
from ssm_core.designs.randomisation import randomisation_test
from tasks.answering.assigned import (
    SEED,
    as_assigned,
    as_taken,
    assignment,
    by_design,
    followed_on,
    per_protocol,
    taken_of,
)
from tasks.answering.checks.line import Case, Line, not_applicable, p_value
from tasks.fitting.record import column
from tasks.modelling.assigned import declared_design

LEVEL, GUESSED = 0.1, 0.05
APART = 2.0
"""Posterior standard deviations of the headline."""
NAMED = 3


def randomisation(case: Case) -> Line:
    """Randomisation test of the assignment, adjusted for the outcome before it and the calendar.

    What chance decided is the plan: where one was declared it is shuffled, whatever was taken in the end.
    """
    name, protocol = "randomisation_test", case.findings.protocol
    tested = case.once(by_design)
    if tested is None:
        return not_applicable(name, "The exposure was not assigned at random.")
    found = tested.found
    if found is None:
        return Line(name, "uninformative", None, LEVEL, "The exposure does not vary enough to shuffle it.")
    size, unit = protocol.contrast_to - protocol.contrast_from, case.findings.unit
    ends = sorted(e * size for e in (found.low, found.high) if e is not None)
    interval = (
        f", 90 % interval {signed(ends[0])} to {signed(ends[1])}" if len(ends) == 2 else ", too few for an interval"
    )
    how_many = f"all {found.sequences} possible ones" if found.exact else f"{found.sequences} drawn at random"
    sentence = (
        f"Shuffling the assignment ({tested.words}; {how_many}) gives {p_value(found.p)} for no effect and an estimate "
        f"of {signed(found.estimate * size)} {unit}{interval}, without any model of the outcome."
    )
    claimed = case.headline is not None and (case.headline.q05 > 0 or case.headline.q95 < 0)
    return Line(name, "warn" if claimed and found.p > LEVEL else "pass", found.p, LEVEL, sentence)


def followed(case: Case) -> Line:
    """How often the exposure was what the plan said, and when it was not."""
    name, study = "plan_followed", case.params.study
    if study.planned is None:
        why = (
            "No planned sequence was declared (study.planned)." if study.randomised else "There was no plan to follow."
        )
        return not_applicable(name, why)
    planned, taken, step = column(case.findings.panel, study.planned), taken_of(case), case.findings.protocol.step_name
    both, same = ~np.isnan(planned) & ~np.isnan(taken), followed_on(case)
    if not both.any():
        return Line(name, "uninformative", None, None, "Plan and exposure were never recorded on the same step.")
    share = int(same.sum()) / int(both.sum())
    unknown = int((~np.isnan(planned) & np.isnan(taken)).sum())
    left = f"; on {unknown} planned ones it is not known" if unknown else ""
    when = _when(case, both & ~same)
    sentence = f"The exposure was as planned on {int(same.sum())} of {int(both.sum())} {step}s{when}{left}."
    return Line(name, "pass" if share == 1.0 else "warn", share, 1.0, sentence)


def assigned_and_taken(case: Case) -> Line:
    """The headline beside the same model with the exposure as taken, as planned, and where the two are the same."""
    name, study = "assigned_and_taken", case.params.study
    if study.planned is None:
        return not_applicable(name, "No planned sequence was declared (study.planned).")
    if case.refitter is None or case.headline is None:
        return not_applicable(name, "There is no Gaussian model to fit again.")
    assigned = case.findings.protocol.treatment == study.planned
    other, kept = case.once(as_taken if assigned else as_assigned), case.once(per_protocol)
    if other is None or kept is None:
        return Line(name, "uninformative", None, APART, "Too few steps were as planned to fit the model to them.")
    size, unit = case.findings.protocol.contrast_to - case.findings.protocol.contrast_from, case.findings.unit
    apart = max(abs(fit.mean * size - case.headline.mean) for fit in (other, kept)) / case.headline.sd
    sentence = (
        f"The headline is the effect of the exposure as it was {'assigned' if assigned else 'taken'}; as it was "
        f"{'taken' if assigned else 'assigned'} the estimate is {signed(other.mean * size)} {unit}, on the steps that "
        f"were as planned {signed(kept.mean * size)}. Only the assignment was decided by chance."
    )
    return Line(name, "pass" if apart <= APART else "warn", float(apart), APART, sentence)


def blinding(case: Case) -> Line:
    """Whether the person's guesses go with the assignment more than other assignments would let them."""
    name, study = "blinding", case.params.study
    if study.guessed is None or not study.randomised:
        return not_applicable(name, "No guesses of the exposure were recorded (study.guessed).")
    panel, protocol = case.findings.panel, case.findings.protocol
    exposure, guess = column(panel, assignment(case.params, protocol.treatment)), column(panel, study.guessed)
    design = declared_design(case.params) or design_seen(exposure)
    ones = np.ones((guess.size, 1))
    found = randomisation_test(exposure, guess, ones, 0, design, np.random.default_rng(SEED))
    if found is None:
        return Line(name, "uninformative", None, GUESSED, "There are too few guesses, or they never vary.")
    seen = found.p < GUESSED and found.estimate > 0
    verdict = "It was not hidden: part of the effect may be expectation." if seen else "That is within chance."
    sentence = f"{_guesses(exposure, guess, protocol.step_name)} ({p_value(found.p)} by shuffling). {verdict}"
    return Line(name, "warn" if seen else "pass", found.p, GUESSED, sentence)


def _guesses(exposure: np.ndarray, guess: np.ndarray, step: str) -> str:
    """Shares of right guesses and Bang's index of either side; means of guesses that are degrees of belief."""
    both = ~np.isnan(exposure) & ~np.isnan(guess)
    x, g = exposure[both], guess[both]
    low, high = x.min(), x.max()
    if not np.isin(g, (low, high)).all():
        return f"Guesses average {g[x == high].mean():.2g} with the exposure and {g[x == low].mean():.2g} without"
    right = g == x
    index = {side: 2 * float(right[x == side].mean()) - 1 for side in (low, high)}
    return (
        f"The exposure was guessed right on {int(right.sum())} of {right.size} {step}s; Bang's blinding index is "
        f"{index[high]:+.2f} with it and {index[low]:+.2f} without"
    )


def _when(case: Case, deviating: np.ndarray) -> str:
    """The first deviations by date, as a part of the sentence."""
    at = np.flatnonzero(deviating)
    if at.size == 0:
        return ""
    start = case.findings.panel["start"]
    dates = [f"{start[int(t)]:%Y-%m-%d}" if start[int(t)] is not None else f"step {t}" for t in at[:NAMED]]
    more = f" and {at.size - NAMED} more" if at.size > NAMED else ""
    return f"; not on {', '.join(dates)}{more}"
