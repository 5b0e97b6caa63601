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
    if treatment == outcome:
        raise StudyError("two different variables", f"'{treatment}' as treatment and outcome", "params.yaml at study")
    for key, name in (("treatment", treatment), ("outcome", outcome)):
        source = catalog.filter(pl.col("variable") == name)["source"][0]
        require_varying(panel[name], key, f"{source}, column '{name}'")
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


def require_varying(column: pl.Series, key: str, where: str) -> None:
    """Refuse an exposure or outcome with which nothing can be compared.

    Args:
        column: its values by step.
        key: `treatment` or `outcome`.
        where: file and column, for the message.

    Raises:
        StudyError: it is never observed, or always the same.
    """
    known = column.drop_nulls()
    other = f"name another column with --{key}"
    if known.is_empty():
        raise StudyError(f"some observed values of the {key}", f"none in '{column.name}'", where, other)
    if known.n_unique() == 1:
        steps = f"all {len(known)} observed steps" if len(known) > 1 else "the one observed step"
        word, zeros = ("a", ", with 0 where it did not happen,") if key == "treatment" else ("an", "")
        fix = f"record steps on which it differs{zeros} or {other}"
        raise StudyError(f"{word} {key} '{column.name}' that varies", f"the value {known[0]:g} on {steps}", where, fix)
