"""Whether a question can be put to a panel at all."""

import polars as pl

from schemas.errors import StudyError
from tasks.panel.similar import column_missing


def check_question(
    panel: pl.DataFrame, catalog: pl.DataFrame, treatment: str, outcome: str, lag: int, min_steps: int
) -> None:
    """Refuse a question that the record cannot speak to.

    Args:
        panel: one row per step.
        catalog: one row per variable.
        treatment: the exposure's column.
        outcome: the outcome's column.
        lag: steps from exposure to outcome.
        min_steps: the fewest steps on which both are known (`infer.min_steps`).

    Raises:
        StudyError: a column is not there, does not vary, or is too seldom observed.
    """
    names = catalog["variable"].to_list()
    for key, name in (("treatment", treatment), ("outcome", outcome)):
        if name not in names:
            raise column_missing(name, names, f"params.yaml at study.{key}")
        if panel[name].null_count() == panel.height:
            raise StudyError(f"some observed values of the {key}", f"none in '{name}'", f"study.{key}")
    if treatment == outcome:
        raise StudyError("two different variables", f"'{treatment}' as treatment and outcome", "params.yaml at study")
    _refuse_constant(panel, catalog, "treatment", treatment, "a")
    _refuse_constant(panel, catalog, "outcome", outcome, "an")
    pairs = panel.select(x=pl.col(treatment).shift(lag), y=pl.col(outcome)).drop_nulls()
    if pairs.height < min_steps:
        raise StudyError(
            f"at least {min_steps} steps on which {treatment} and {outcome} are both known",
            f"{pairs.height} of {panel.height}",
            "data/panel.parquet",
            "record longer, or look in data/audit.json for why steps do not join",
        )
    if pairs["x"].n_unique() < 2:
        got = f"only {pairs['x'][0]:g} on the {pairs.height} steps where {outcome} is known"
        raise StudyError(f"a treatment '{treatment}' that varies", got, "study.treatment")


def _refuse_constant(panel: pl.DataFrame, catalog: pl.DataFrame, key: str, name: str, word: str) -> None:
    known = panel[name].drop_nulls()
    if known.n_unique() > 1:
        return
    source = catalog.filter(pl.col("variable") == name)["source"][0]
    got = f"the value {known[0]:g} on all {len(known)} observed steps"
    raise StudyError(f"{word} {key} '{name}' that varies", got, f"{source}, column '{name}'")
