"""One unit per variable."""

import polars as pl

from schemas.errors import StudyError
from schemas.params import Variable
from tasks.sources.tabular.numbers import factor_between


def in_one_unit(frame: pl.DataFrame, declared: dict[str, Variable]) -> pl.DataFrame:
    """Convert the readings of every variable to its declared unit, else to the unit written most often.

    Raises:
        StudyError: two units of one variable do not convert into each other.
    """
    counted = frame.filter(pl.col("unit").is_not_null()).group_by("variable", "unit").len().sort("variable", "unit")
    written: dict[str, dict[str, int]] = {}
    for variable, unit, count in counted.iter_rows():
        written.setdefault(variable, {})[unit] = count
    rows: list[tuple[str, str | None, float, str]] = []
    for variable in {*written, *(name for name, rule in declared.items() if rule.unit is not None)}:
        units = written.get(variable, {})
        asked = declared[variable].unit if variable in declared else None
        chosen = asked or max(units, key=lambda unit: units[unit])
        rows.append((variable, None, 1.0, chosen))
        for unit in units:
            times = factor_between(unit, chosen)
            if times is None and len(units) > 1:
                raise _refusal(frame, variable, unit, chosen)
            rows.append((variable, unit, times or 1.0, chosen))
    schema = {"variable": pl.String, "unit": pl.String, "factor": pl.Float64, "target": pl.String}
    table = pl.DataFrame(rows, schema=schema, orient="row")
    joined = frame.join(table, on=["variable", "unit"], how="left", nulls_equal=True, maintain_order="left")
    scaled = pl.col("value") * pl.col("factor").fill_null(1.0)
    return joined.with_columns(value=scaled, unit=pl.coalesce("target", "unit")).drop("factor", "target")


def _refusal(frame: pl.DataFrame, variable: str, unit: str, chosen: str) -> StudyError:
    rows = frame.filter(pl.col("variable") == variable)
    here = rows.filter(pl.col("unit") == unit)["source"][0]
    others = rows.filter(pl.col("unit") == chosen)["source"]
    got = f"{unit} ({here})" + (f" and {chosen} ({others[0]})" if len(others) else f", declared as {chosen}")
    return StudyError(f"one unit for {variable}", got, here, "write all its values in one unit")
