"""Tables of text into readings: layouts, times, numbers, units, running numbers."""

from tasks.sources.tabular.table import Table, table_of
from tasks.sources.tabular.tidy import readings_of

__all__ = ["Table", "readings_of", "table_of"]
