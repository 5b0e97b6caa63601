"""Running numbers against dates: a day counter must rise as fast as the calendar."""

import polars as pl

from schemas.audit import Finding
from tasks.sources.tabular.indexcolumns import DAY_NAME

_MOSTLY = 0.8


def disagreements(index: pl.DataFrame) -> list[Finding]:
    """Tell where a counter of days rises by another number than the date.

    Args:
        index: `file`, `line`, `name`, `local`, `value` of every index column.
    """
    found = []
    dated = index.drop_nulls("local").with_columns(date=pl.col("local").dt.date())
    for (file, name), rows in dated.group_by("file", "name", maintain_order=True):
        if rows.group_by("date").agg(pl.col("value").n_unique()).get_column("value").max() != 1:
            continue
        days = rows.sort("date", "line").unique("date", keep="first", maintain_order=True)
        steps = days.with_columns(
            rise=pl.col("value").diff(), passed=pl.col("date").diff().dt.total_days(), before=pl.col("date").shift()
        ).drop_nulls("rise")
        wrong = steps.filter(pl.col("rise") != pl.col("passed"))
        counts_days = DAY_NAME.match(str(name)) or wrong.height <= (1 - _MOSTLY) * steps.height
        if wrong.height and counts_days:
            found.append(_finding(str(file), str(name), wrong))
    return found


def _finding(file: str, name: str, wrong: pl.DataFrame) -> Finding:
    before, date, rise, passed, line = wrong.select("before", "date", "rise", "passed", "line").row(0)
    sentence = (
        f"{name} disagrees with the date {wrong.height} times; first, it rises by {rise} from {before} to {date}, "
        f"which are {passed} days apart. The date decides."
    )
    counts = {"times": wrong.height, "column": name, "first_date": str(date), "first_line": line}
    return Finding(kind="index_disagrees", severity="warning", where=f"{file}:{line}", sentence=sentence, counts=counts)
