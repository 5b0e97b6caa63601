"""Tables of tests, read by the adapter that recognises them."""

import polars as pl

from schemas.params import Source
from tasks.sources import adapter_for

DAYS = [f"2024-01-{day:02d}" for day in range(1, 31)]


def read(tmp_path, content, name="a.csv", **source):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    adapter = adapter_for(path, "auto")
    assert adapter is not None
    return adapter.read(path, Source(path=name, **source))


def values(readings, variable):
    return readings.frame.filter(pl.col("variable") == variable)["value"].to_list()


def table(columns, separator=","):
    """Columns of cells under their names as text; a `date` is put before them unless they have one."""
    rows = max(len(cells) for cells in columns.values())
    columns = columns if "date" in columns else {"date": DAYS[:rows], **columns}
    lines = [separator.join(columns), *(separator.join(row) for row in zip(*columns.values(), strict=True))]
    return "\n".join(lines) + "\n"


def assumed(readings):
    return [finding.sentence for finding in readings.findings if finding.kind == "assumed"]
