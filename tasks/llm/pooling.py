"""Several elicited priors of one parameter put together into one that can be sampled."""

from collections import Counter
from collections.abc import Sequence

from scipy import optimize

from schemas.prior import Prior, TruncatedNormal
from tasks.llm.inputs import PriorFamily
from tasks.llm.quantiles import LEVELS, PERSISTENCE, WORST, Fitted, fitted, law_of


def pooled(priors: Sequence[Prior], families: Sequence[PriorFamily]) -> Prior:
    """The linear pool with equal weights, `p(theta) = 1/n sum_i p_i(theta)`, as the prior that comes closest to it.

    Close is what `fitted` calls so: by the quantiles at 5, 50 and 95 %. The family is the most frequent one among
    `priors`, the first of them when several are; where it misses a quantile by more than `WORST`, the one of `families`
    that misses least. Equal priors stay as they are.

    Args:
        priors: at least one, of one parameter in one unit.
        families: those that can be sampled for it.

    Source: Stone 1961, Ann Math Stat 32:1339 (linear opinion pool); O'Hagan et al. 2006, Uncertain Judgements, ch. 9.
    """
    if len(set(priors)) == 1:
        return priors[0]
    quantiles = [mixture_quantile(priors, level) for level in LEVELS]
    bounds = _bounds(priors)
    often = Counter(prior.family for prior in priors).most_common(1)[0][0]
    found: list[Fitted] = []
    for family in dict.fromkeys((often, *families)):
        try:
            fit = fitted(family, *quantiles, bounds=bounds)
        except ValueError:
            continue
        if family == often and fit.miss <= WORST:
            return fit.prior
        found.append(fit)
    return min(found, key=lambda fit: fit.miss).prior


def mixture_quantile(priors: Sequence[Prior], level: float) -> float:
    """The value below which the pool has `level` of its probability: `1/n sum_i F_i(q) = level`."""
    laws = [law_of(prior) for prior in priors]
    own = [float(law.ppf(level)) for law in laws]
    low, high = min(own), max(own)
    if low == high:
        return low
    return float(optimize.brentq(lambda q: sum(law.cdf(q) for law in laws) / len(laws) - level, low, high, xtol=1e-12))


def _bounds(priors: Sequence[Prior]) -> tuple[float, float]:
    """Of all truncated ones together."""
    cut = [prior for prior in priors if isinstance(prior, TruncatedNormal)]
    return (min(p.low for p in cut), max(p.high for p in cut)) if cut else PERSISTENCE
