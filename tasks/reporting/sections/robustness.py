"""The scorecard: what could make the answer wrong, one line each."""

from tasks.reporting import numbers
from tasks.reporting.inputs import Inputs
from tasks.reporting.model import Section, Text
from tasks.reporting.prose import clean
from tasks.reporting.sections.common import WITHHELD, table

STATUS = {
    "pass": "passed",
    "warn": "warning",
    "fail": "failed",
    "not_applicable": "does not apply",
    "uninformative": "cannot tell",
}


def robustness(inputs: Inputs) -> Section:
    """Checks with their figures; after a refusal only what was checked and how it came out."""
    if inputs.robustness.is_empty():
        return Section("robustness", "Robustness", (Text("No robustness check was run."),))
    rows = (
        (
            clean(row["did"]),
            STATUS[row["status"]],
            numbers.NONE if inputs.refused else numbers.optional(row["value"]),
            numbers.optional(row["threshold"]),
            WITHHELD if inputs.refused else clean(row["sentence"]),
        )
        for row in inputs.robustness.iter_rows(named=True)
    )
    columns = ("What was done", "Outcome", "Number", "Threshold", "What it says")
    return Section("robustness", "Robustness", (table("Scorecard", columns, rows, numeric=(2, 3)),))
