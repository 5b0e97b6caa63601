"""Doubts about a randomised design: does the assignment alone say the same, and was it followed?"""

import numpy as np

from ssm_core.designs.randomisation import Design, design_seen, randomisation_test
from ssm_core.effects.contrast import lagged
from tasks.answering.checks.line import Case, Line, not_applicable
from tasks.answering.checks.rows import calendar
from tasks.fitting.record import column

LEVEL = 0.1
SEED = 11
WORDS = {"coin": "each step for itself", "blocks": "within blocks", "periods": "in whole periods"}


def randomisation(case: Case) -> Line:
    """Randomisation test of the assignment, adjusted for the outcome before it and the calendar.

    What chance decided is the plan: where one was declared it is shuffled, whatever was taken in the end.
    """
    name, protocol = "randomisation_test", case.findings.protocol
    if not protocol.randomised:
        return not_applicable(name, "The exposure was not assigned at random.")
    panel = case.findings.panel
    exposure, outcome = column(panel, case.params.study.planned or protocol.treatment), column(panel, protocol.outcome)
    days = calendar(panel)
    adjusters = [np.ones(outcome.size), lagged(outcome, protocol.lag + 1), *([] if days is None else days.T)]
    declared = case.params.study.design
    design = design_seen(exposure) if declared is None else Design(declared.kind, declared.block)
    rng = np.random.default_rng(SEED)
    found = randomisation_test(exposure, outcome, np.column_stack(adjusters), protocol.lag, design, rng)
    if found is None:
        return Line(name, "uninformative", None, LEVEL, "The exposure does not vary enough to shuffle it.")
    size, unit = protocol.contrast_to - protocol.contrast_from, case.findings.unit
    ends = sorted(e * size for e in (found.low, found.high) if e is not None)
    interval = f", 90 % interval {ends[0]:+.2g} to {ends[1]:+.2g}" if len(ends) == 2 else ""
    how = WORDS[design.kind] if declared is not None else f"{WORDS[design.kind]}, as it looks"
    sentence = (
        f"Shuffling the assignment ({how}) gives p = {found.p:.3f} for no effect and an estimate of "
        f"{found.estimate * size:+.2g} {unit}{interval}, without any model of the outcome."
    )
    claimed = case.headline is not None and (case.headline.q05 > 0 or case.headline.q95 < 0)
    return Line(name, "warn" if claimed and found.p > LEVEL else "pass", found.p, LEVEL, sentence)


def followed(case: Case) -> Line:
    """How often the exposure was what the plan said."""
    name, study = "plan_followed", case.params.study
    if study.planned is None:
        why = (
            "No planned sequence was declared (study.planned)." if study.randomised else "There was no plan to follow."
        )
        return not_applicable(name, why)
    planned = column(case.findings.panel, study.planned)
    taken = column(case.findings.panel, case.findings.protocol.treatment)
    both = ~np.isnan(planned) & ~np.isnan(taken)
    if not both.any():
        return Line(name, "uninformative", None, None, "Plan and exposure were never recorded on the same step.")
    same = int((planned[both] == taken[both]).sum())
    share = same / int(both.sum())
    sentence = f"The exposure was as planned on {same} of {int(both.sum())} {case.findings.protocol.step_name}s."
    return Line(name, "pass" if share == 1.0 else "warn", share, 1.0, sentence)
