"""Words in the names of columns."""

import re


def words_of(name: str) -> list[str]:
    """The words of a column name: `SleepStart_time` gives sleep, start, time."""
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", name)]
