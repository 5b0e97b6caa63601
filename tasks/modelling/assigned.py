"""Which exposure of a randomised study is analysed: the assigned one, unless the person asks for the one taken."""

import numpy as np
import polars as pl

from schemas.errors import StudyError
from schemas.params import StudyParams
from ssm_core.designs.assignment import Design, contradicted
from tasks.fitting.record import column


def analysed(params: StudyParams) -> StudyParams:
    """The same study with the assigned exposure in the place of the one taken (intention to treat).

    Chance decided the assignment; why it was not followed may have to do with the outcome. What was taken lies on the
    way from assignment to outcome, so that it is a mediator.
    """
    study = params.study
    if not study.randomised or study.planned is None or study.effect_of == "taken" or study.treatment is None:
        return params
    roles = {name: role for name, role in params.configure.roles.items() if name != study.planned}
    configure = params.configure.model_copy(update={"roles": {**roles, study.treatment: "mediator"}})
    assigned = study.model_copy(update={"treatment": study.planned})
    return params.model_copy(update={"study": assigned, "configure": configure})


def declared_design(params: StudyParams) -> Design | None:
    """How the exposure was assigned, as the person says."""
    design = params.study.design
    return None if design is None else Design(design.kind, design.block, design.period)


def check_assignment(panel: pl.DataFrame, catalog: pl.DataFrame, params: StudyParams) -> None:
    """Refuse a plan with other values than the exposure has, and a design that cannot have made the assignment.

    Raises:
        StudyError: either.
    """
    study, design = params.study, declared_design(params)
    if not study.randomised or study.treatment is None:
        return
    if study.planned is not None:
        _check_values(panel, catalog, study.treatment, study.planned)
    name = study.planned or study.treatment
    assigned = column(panel, name)
    step = None if design is None else contradicted(assigned, design)
    if step is None or design is None:
        return
    when = panel["start"][step]
    got = (
        f"{assigned[step]:g} at {f'{when:%Y-%m-%d %H:%M}' if when is not None else f'step {step}'}, unlike others of it"
    )
    fix = "correct period" if study.planned else "name the column of the planned sequence in study.planned"
    raise StudyError(
        f"one value of '{name}' in each unit of {design.period} steps, counted from its first", got,
        "params.yaml at study.design", fix,
    )  # fmt: skip


def _check_values(panel: pl.DataFrame, catalog: pl.DataFrame, taken: str, planned: str) -> None:
    texts = dict(catalog.select("variable", "levels").iter_rows())
    where = "params.yaml at study.planned"
    if texts.get(taken) != texts.get(planned):
        expected = f"the same two texts in '{planned}' as in '{taken}' ({texts.get(taken) or 'numbers'})"
        raise StudyError(expected, f"{texts.get(planned) or 'numbers'}", where, "write both in the same words")
    values, known = (np.unique(part[~np.isnan(part)]) for part in (column(panel, planned), column(panel, taken)))
    if known.size == 2 and not np.isin(values, known).all():
        expected = f"planned values among those of '{taken}': {known[0]:g} and {known[1]:g}"
        raise StudyError(expected, ", ".join(f"{value:g}" for value in values), where, "code both in the same way")
