"""The message for a name that is not there, with the names that look like it."""

import difflib
from collections.abc import Sequence

from schemas.errors import StudyError


def column_missing(name: str, known: Sequence[str], where: str) -> StudyError:
    """What to say when `name` is none of `known`."""
    folded = {entry.casefold(): entry for entry in known}
    close = [folded[match] for match in difflib.get_close_matches(name.casefold(), folded, n=3, cutoff=0.6)]
    expected = f"one of the variables {', '.join(known)}"
    return StudyError(expected, f"'{name}'", where, f"did you mean {' or '.join(close)}?" if close else "")
