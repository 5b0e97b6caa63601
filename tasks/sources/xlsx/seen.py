"""Values of cells as the text that is seen in them, dates as ISO writes them."""

import re
from datetime import date, time, timedelta
from functools import lru_cache

_SILENT = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]')
_WHOLE = 1e15


def text_of(value: object, code: str | None) -> str:
    """One line of text for what `openpyxl` makes of a cell, and the cell's number format."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case int() | float():
            whole = abs(value) < _WHOLE and value % 1 == 0
            return f"{value * 100:.12g}%" if _shown(code)[0] else repr(int(value) if whole else value)
        case timedelta() if value >= timedelta():
            seconds = round(value.total_seconds())
            return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
        case timedelta():
            return repr(value / timedelta(days=1))
        case date() | time() if pattern := _shown(code)[1]:
            return value.strftime(pattern)
    return _one_line(str(value))


@lru_cache(100)
def _one_line(text: str) -> str:
    return " ".join(text.split())


@lru_cache(1000)
def _shown(code: str | None) -> tuple[bool, str]:
    """Whether a number format shows per cent, and which parts of a moment it shows."""
    bare = _SILENT.sub("", (code or "").split(";")[0]).lower().replace("general", "")
    day = "%Y-%m-%d" if re.search(r"[dy]|mmm", bare) else ""
    clock = "%H:%M:%S" if "s" in bare or (day and "h" in bare) else "%H:%M" if "h" in bare else ""
    return "%" in bare, f"{day} {clock}".strip()
