"""The shapes that a written date may have."""

import polars as pl

_CLOCK = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s*(?P<half>[AaPp])?(?:\.?[Mm]\.?)?\s*(?P<zone>[Zz]|(?:UTC|GMT)?\s?[+-]\d{1,2}(?::?\d{2})?|UTC|GMT)?"
)
_TAIL = rf"(?:[T ,]+{_CLOCK})?$"
_Y4, _D12 = r"(?P<year>\d{4})", r"\d{1,2}"
_PAIR = rf"^(?P<first>{_D12})(?P<mark>[-/.])(?P<second_part>{_D12})[-/.]"
_WEEKDAY = r"(?:(?i:mon|tues?|wed|thu|fri|sat|sun)[a-z]{0,6}\.?,? +)?"
_MONTH = r"(?P<name>(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[A-Za-z]{0,6})"
_DAY = rf"^{_WEEKDAY}(?P<day>{_D12})\.?(?P<mark>[ /-])"
SHAPES = {
    "year{0}month{0}day": rf"^{_Y4}(?P<mark>[-/.])(?P<month>{_D12})[-/.](?P<day>{_D12}){_TAIL}",
    "number{0}number{0}year": rf"{_PAIR}{_Y4}{_TAIL}",
    "number{0}number{0}yy": rf"{_PAIR}(?P<year>\d{{2}}){_TAIL}",
    "day month-name year": rf"{_DAY}(?P<name>[A-Za-z]{{3,9}})\.?[ ,/-]+{_Y4}{_TAIL}",
    "day month-name yy": rf"{_DAY}{_MONTH}\.?[ ,/-]+(?P<year>\d{{2}}){_TAIL}",
    "month-name day year": rf"^{_WEEKDAY}(?P<name>[A-Za-z]{{3,9}})\.?(?P<mark> )(?P<day>{_D12}),? +{_Y4}{_TAIL}",
}
NUMERIC = {"number{0}number{0}year", "number{0}number{0}yy"}
SHORT_YEAR = "day month-name yy"
"""The first number could be the year as well: `24-Jan-05`."""
CLOCK_ONLY = r"^\d{1,2}:\d{2}(:\d{2})?(\s*[AaPp]\.?[Mm]\.?)?$"


def shapes_of(cells: pl.Series) -> pl.Series:
    """The shape of every cell as a label such as `year-month-day`; null where it is no date."""
    labels = []
    for label, pattern in SHAPES.items():
        mark = pl.col("cell").str.extract(pattern, _group_number(pattern, "mark"))
        labels.append(
            pl.when(mark.is_not_null()).then(
                pl.format(label.replace("{0}", "{}"), *[mark] * label.count("{0}")) if "{0}" in label else pl.lit(label)
            )
        )
    return pl.DataFrame({"cell": cells}).select(pl.coalesce([part.otherwise(None) for part in labels]).alias("s"))["s"]


def _group_number(pattern: str, name: str) -> int:
    names = [part.split(">")[0] for part in pattern.split("(?P<")[1:]]
    return names.index(name) + 1
