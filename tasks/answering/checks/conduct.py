"""Doubts about how the study was done: missing cells, what was decided when, how many questions were asked."""

import numpy as np
from scipy import stats

from schemas.rounding import plain
from tasks.answering.checks.line import Case, Line, not_applicable, p_value
from tasks.fitting.record import column

MISSING_TEST_LEVEL = 0.01


def missing_outcome(case: Case) -> Line:
    """Whether the outcome is missing more often on one side of the exposure."""
    recorded = ~np.isnan(column(case.findings.panel, case.findings.protocol.outcome))
    table = _missing_table(case, recorded)
    if table[0][1] + table[1][1] == 0:
        said = "No outcome is missing where the exposure is known."
        return Line("missing_outcome", "pass", 1.0, MISSING_TEST_LEVEL, said)
    p = float(stats.fisher_exact(table).pvalue)
    sentence = (
        f"The outcome is missing on {table[0][1]} steps with and {table[1][1]} without the exposure ({p_value(p)})."
    )
    return Line("missing_outcome", "pass" if p >= MISSING_TEST_LEVEL else "warn", p, MISSING_TEST_LEVEL, sentence)


def missing_tipping(case: Case) -> Line:
    """How different the missing outcomes of exposed steps would have to be for the estimate to vanish."""
    name = "missing_tipping_point"
    if case.headline is None or case.main is None:
        return not_applicable(name, "There is no estimate.")
    if case.headline.q05 <= 0 <= case.headline.q95:
        return not_applicable(name, "The interval reaches zero anyhow.")
    recorded = ~np.isnan(column(case.findings.panel, case.findings.protocol.outcome))
    table = _missing_table(case, recorded)
    shares = [row[1] / max(sum(row), 1) for row in table]
    if max(shares) == 0:
        return not_applicable(name, "No outcome is missing where the exposure is known.")
    tip = abs(case.headline.mean) / max(shares)
    sentence = (
        f"The missing outcomes of one side would have to differ from its recorded ones by {plain(tip)} "
        f"{case.findings.unit} on average to take the estimate away."
    )
    spread = float(np.nanstd(column(case.findings.panel, case.findings.protocol.outcome)))
    return Line(name, "pass" if tip > spread else "warn", tip, spread, sentence)


def prespecified(case: Case) -> Line:
    """What was decided before the outcome was seen."""
    protocol = case.findings.protocol
    early = protocol.specified == "before the outcome was seen"
    sentence = f"Question, model and decision rule were specified {protocol.specified}."
    return Line("prespecified", "pass" if early else "warn", None, None, sentence)


def multiplicity(case: Case) -> Line:
    """How many protocols this record has seen."""
    count = 1 + len(case.findings.protocol.amendments)
    sentence = (
        "This is the first question that was put to this study."
        if count == 1
        else f"{count} protocols were frozen on this record; each further look finds something by chance more easily."
    )
    return Line("multiplicity", "pass" if count == 1 else "warn", float(count), 1.0, sentence)


def _missing_table(case: Case, recorded: np.ndarray) -> list[list[int]]:
    contrast = case.findings.contrast
    sides = (contrast.exposed & contrast.known, ~contrast.exposed & contrast.known)
    return [[int((side & recorded).sum()), int((side & ~recorded).sum())] for side in sides]
