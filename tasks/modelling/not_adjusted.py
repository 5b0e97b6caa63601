"""For every variable that the analysis leaves out, the reason in words."""

from collections.abc import Sequence

from schemas.params import StudyParams
from schemas.spec import ModelSpec
from tasks.fitting.record import LEAST_COVERAGE
from tasks.modelling.controls import controls_of
from tasks.modelling.elicited import Elicited
from tasks.modelling.question import Question


def why_not_adjusted(
    question: Question, params: StudyParams, elicited: Elicited, specs: Sequence[ModelSpec]
) -> dict[str, str]:
    """Variables that no candidate model uses, with the reason."""
    used = {name for spec in specs for name in (*spec.states, *spec.inputs)}
    return {f.name: _reason(f.name, f.coverage, params, elicited) for f in question.others if f.name not in used}


def _reason(name: str, coverage: float, params: StudyParams, elicited: Elicited) -> str:
    if name in params.configure.roles:
        return f"declared: {params.configure.roles[name]}"
    if name in controls_of(params):
        return "declared: negative control"
    if name in elicited.roles:
        return f"{elicited.roles[name].role} (language model): {elicited.roles[name].reason}"
    if params.study.randomised:
        return "not needed: the exposure was assigned at random"
    if coverage < LEAST_COVERAGE:
        return f"recorded on {100 * coverage:.0f} % of the steps only"
    return "beyond the limit configure.max_adjusters"
