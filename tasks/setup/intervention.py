"""What `init --intervention` writes into `params.yaml`: all that follows from a single beginning."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from schemas.errors import StudyError
from schemas.features import Intervention

NAME = "intervention"


def beginning(when: str, treatment: str | None) -> dict[str, Any]:
    """The column that the intervention becomes; `treatment` names it.

    Args:
        when: a date, or the number of a step counted from 0.
        treatment: its name, `intervention` if not given.

    Raises:
        StudyError: it is neither.
    """
    start = int(when) if when.isdigit() else when
    try:
        Intervention(start=start)
    except ValidationError:
        expected = "a local date such as 2024-03-01, or the number of a step counted from 0"
        raise StudyError(expected, f"'{when}'", "--intervention") from None
    return {"study.treatment": treatment or NAME, "ingest.interventions": {treatment or NAME: {"start": start}}}


def consequences(treatment: str, outcome: str | None, variables: Sequence[str]) -> dict[str, Any]:
    """One switch is all there can be, and neither the outcome nor the intervention itself decides when it comes.

    Raises:
        StudyError: no outcome is named.
    """
    if outcome is None:
        others = ", ".join(name for name in variables if name != treatment)
        raise StudyError(f"the outcome beside the intervention, one of: {others}", "none", "--outcome")
    return {
        "configure.forbid": [{"from": outcome, "to": treatment}, {"from": treatment, "to": treatment}],
        "estimate.thresholds.min_switches": 1,
    }


def told(treatment: str) -> str:
    """The sentence about it."""
    return (
        f"{treatment} begins once, so whatever else began with it counts as its effect; columns that it cannot change "
        "and that go with the outcome help: declare them in configure.roles as confounder."
    )
