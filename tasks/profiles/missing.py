"""Which variables are missing together."""

import numpy as np

from schemas.exploration import MissingPattern
from tasks.profiles.series import Series

_SHOWN = 10


def missing_patterns(values: dict[str, Series]) -> tuple[MissingPattern, ...]:
    """The most frequent sets of variables that are missing on one step; complete steps are the empty set."""
    if not values:
        return ()
    names = list(values)
    gone = ~np.isfinite(np.column_stack([values[name] for name in names]))
    rows, counts = np.unique(gone, axis=0, return_counts=True)
    order = np.lexsort((np.arange(len(counts)), -counts))[:_SHOWN]
    return tuple(
        MissingPattern(
            variables=tuple(n for n, is_gone in zip(names, rows[i], strict=True) if is_gone), steps=int(counts[i])
        )
        for i in order
    )
