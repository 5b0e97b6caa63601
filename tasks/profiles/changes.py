"""Changes of level and single values far from all others."""

import numpy as np

from schemas.exploration import ChangePoint, Outlier
from tasks.profiles.series import Series, effective_size

_CRITICAL = 1.628
_SHORTEST = 14
_MOST = 5
_LAGS = 30
_FAR = 5.0
_SHOWN = 5


def change_points(values: Series) -> tuple[ChangePoint, ...]:
    r"""Steps at which the level changes, by binary segmentation.

    A segment of n known values is cut at :math:`k = \arg\max_k |S_k|`, :math:`S_k = \sum_{i \le k} (x_i - \bar x)`,
    when :math:`\max_k |S_k| / (\hat\sigma \sqrt n)` exceeds 1.628, the 1 % point of the supremum of a Brownian bridge
    (Csörgő & Horváth 1997); :math:`\hat\sigma` is the long-run standard deviation of the values with the two levels
    taken out. Parts shorter than 14 known values are not cut off.
    """
    at = np.flatnonzero(np.isfinite(values))
    found: list[tuple[float, int, int, int]] = []
    segments = [(0, len(at))]
    while segments:
        first, last = segments.pop()
        cut, size = _cut(values[at[first:last]])
        if cut is not None:
            found.append((size, first, first + cut, last))
            segments += [(first, first + cut), (first + cut, last)]
    strongest = sorted(sorted(found, reverse=True)[:_MOST], key=lambda entry: entry[2])
    known = values[at]
    return tuple(
        ChangePoint(
            step=int(at[cut]), before=round(float(known[first:cut].mean()), 6),
            after=round(float(known[cut:last].mean()), 6), statistic=round(size, 4),
        )
        for size, first, cut, last in strongest
    )  # fmt: skip


def _cut(x: Series) -> tuple[int | None, float]:
    n = len(x)
    if n < 2 * _SHORTEST or np.ptp(x) == 0:
        return None, 0.0
    sums = np.abs(np.cumsum(x - x.mean()))[:-1]
    inner = sums[_SHORTEST - 1 : n - _SHORTEST]
    cut = int(np.argmax(inner)) + _SHORTEST
    rest = np.concatenate([x[:cut] - x[:cut].mean(), x[cut:] - x[cut:].mean()])
    independent = effective_size(rest, _LAGS)
    spread = float(rest.std(ddof=2)) * np.sqrt(n / independent) if independent else 0.0
    size = float(inner[cut - _SHORTEST] / (spread * np.sqrt(n))) if spread > 0 else float("inf")
    return (cut, min(size, 1e6)) if size > _CRITICAL else (None, size)


def outliers(values: Series) -> tuple[int, tuple[Outlier, ...]]:
    """How many values lie over 5 robust standard deviations (1.4826 MAD) from the median, and the farthest five."""
    known = values[np.isfinite(values)]
    if len(known) < _SHORTEST:
        return 0, ()
    middle = float(np.median(known))
    spread = 1.4826 * float(np.median(np.abs(known - middle)))
    if spread == 0:
        return 0, ()
    with np.errstate(invalid="ignore"):
        far = np.abs(values - middle) / spread
    steps = np.flatnonzero(np.nan_to_num(far) > _FAR)
    first = sorted(steps, key=lambda step: (-far[step], step))[:_SHOWN]
    shown = tuple(Outlier(step=int(s), value=float(values[s]), deviations=round(float(far[s]), 2)) for s in first)
    return len(steps), shown
