"""The index behind a recorded value that has hidden causes: its name, facts, constants and terms."""

from collections.abc import Sequence
from statistics import NormalDist

from schemas.spec import Constant, Parameter, Series
from tasks.modelling.default_priors import Believer
from tasks.modelling.question import Question, VariableFacts

SHARE_LIMITS = 0.02, 0.98
"""Shares of a code beyond which the centre of an index is not believed to lie."""


def index_of(name: str) -> str:
    """Name of the state that answers to the causes of a recorded node."""
    return f"{name} (index)"


def indexed_series(name: str, binary: bool) -> Series:
    """A two-valued node shows the sign of its index, another one its value with noise."""
    return Series(name=name, family="probit" if binary else "gaussian")


def index_constants(name: str, binary: bool) -> tuple[Constant, ...]:
    """The series is the index plus noise; behind a code the noise has standard deviation one, which sets the scale."""
    loading = Constant(matrix="loading", row=name, column=index_of(name), value=1.0)
    return (loading, Constant(matrix="measurement_sd", row=name, value=1.0)) if binary else (loading,)


def index_terms(believer: Believer, name: str, regressors: Sequence[str], binary: bool) -> list[Parameter]:
    """Mean and noise of an indexed series; trend and weekday may move it as they move the outcome."""
    index = index_of(name)
    terms = [believer.intercept(index)]
    terms += [believer.trend(index)] if "trend" in regressors else []
    terms += [believer.weekday(index, r) for r in regressors if r.startswith("weekday")]
    of_series = [t.model_copy(update={"row": name, "name": t.name.replace(index, name)}) for t in terms]
    return of_series if binary else [*of_series, believer.indexed_noise(name)]


def unrecorded_facts(hidden: Sequence[str], indexed: Sequence[str], question: Question) -> list[VariableFacts]:
    """Sizes of what is not recorded: hidden causes by their daily news, an index behind a code by its noise."""
    known = {f.name: f for f in (question.treatment, *question.others)}
    return [*(_standard(name, 0.0) for name in hidden), *(_index_facts(known[name]) for name in indexed)]


def _index_facts(of: VariableFacts) -> VariableFacts:
    if of.kind != "binary":
        return of._replace(name=index_of(of.name))
    share = (of.mean - of.low) / max(of.high - of.low, 1e-12)
    low, high = SHARE_LIMITS
    return _standard(index_of(of.name), NormalDist().inv_cdf(min(max(share, low), high)))


def _standard(name: str, mean: float) -> VariableFacts:
    return VariableFacts(
        name=name, unit="sd", kind="continuous", levels=None, mean=mean, sd=1.0, low=-3.0, high=3.0, coverage=0.0
    )
