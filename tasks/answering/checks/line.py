"""What a line of the scorecard is, and what it may look at."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
import polars as pl

from schemas.graph import CausalGraph
from schemas.params import StudyParams
from schemas.spec import ModelSpec
from ssm_core.effects.contrast import since_beginning
from ssm_core.effects.responses import impulse_response, linear_of
from ssm_core.effects.summaries import Summary, summary_of
from ssm_core.inference.density import LogPosterior
from ssm_core.model.design import Design, design_of
from ssm_core.model.structure import structure_of
from ssm_core.robustness.refits import Refitter
from tasks.answering.effects import GraphEffects, contributing, headline_index, index_of, pooled_draws
from tasks.answering.verdict import Findings
from tasks.fitting.record import Prepared, calendar_of, column, columns_of, prepared
from tasks.fitting.sampling import posterior_of

Status = Literal["pass", "warn", "fail", "not_applicable", "uninformative"]


class Line(NamedTuple):
    """One check: what came out, against what, in one sentence."""

    check: str
    status: Status
    value: float | None
    threshold: float | None
    sentence: str


class Case:
    """Findings and, made once when first asked for, the main model ready to be evaluated again.

    The main model is that of the heaviest graph with a number.
    """

    def __init__(self, findings: Findings, params: StudyParams) -> None:
        """Nothing is computed yet."""
        self.findings, self.params = findings, params
        self._known: dict[Callable, Any] = {}

    def once[T](self, of: Callable[["Case"], T]) -> T:
        """What a function says of this case, worked out when first asked for."""
        if of not in self._known:
            self._known[of] = of(self)
        return self._known[of]

    @property
    def headline(self) -> Summary | None:
        """The pooled headline."""
        return self.findings.headline

    @cached_property
    def main(self) -> GraphEffects | None:
        """Effects of the main graph; None where no model was fitted."""
        fitted = [g for g in contributing(self.findings.graphs) if g.chains]
        return max(fitted, key=lambda g: g.graph.weight) if fitted else None

    @property
    def graph(self) -> CausalGraph | None:
        """The main graph."""
        return None if self.main is None else self.main.graph

    @cached_property
    def effect(self) -> np.ndarray | None:
        """The headline in the main graph at every draw of its model, other exposures held as recorded."""
        if self.main is None or self.main.quantities[headline_index(self.main)].draws is None:
            return None
        protocol, spec = self.findings.protocol, self.spec
        exposure, outcome = spec.inputs.index(spec.treatment), spec.states.index(spec.outcome)
        weights = np.eye(protocol.lag + 1)[-1] if self.average is None else self.average
        response = impulse_response(linear_of(spec, self.theta), exposure, outcome, weights.size - 1) @ weights
        return (protocol.contrast_to - protocol.contrast_from) * response

    @cached_property
    def average(self) -> np.ndarray | None:
        """Weights of the responses whose sum is the headline; None where it is the response at the lag."""
        protocol = self.findings.protocol
        if protocol.estimand != "average_since_beginning":
            return None
        exposure = column(self.findings.panel, protocol.treatment)
        since = since_beginning(exposure, self.findings.contrast.usable, protocol.lag)
        return None if since is None else since.weights

    @cached_property
    def first_effect(self) -> Summary | None:
        """The pooled effect of a single exposure, which is the headline but where an exposure began once."""
        if not self.findings.graphs:
            return None
        pooled = pooled_draws(self.findings.graphs, index_of(self.findings.graphs[0], "immediate"))
        return None if pooled is None else summary_of(*pooled)

    @cached_property
    def spec(self) -> ModelSpec:
        """The main model; ask only where `main` is one."""
        assert self.main is not None
        return next(spec for spec in self.findings.specs if spec.graph == self.main.graph.name)

    @cached_property
    def theta(self) -> np.ndarray:
        """Its draws, flattened, in the units of the data."""
        draws = self.findings.draws[self.spec.graph]
        return draws.reshape(-1, draws.shape[-1])

    @cached_property
    def residual(self) -> np.ndarray:
        """One-step prediction errors of the outcome in the main model; NaN where there is none."""
        fit = self.findings.diagnostics.fit.get(self.spec.graph)
        kept = () if fit is None else fit.residual
        return np.array([np.nan if r is None else r for r in kept] or [np.nan] * self.findings.panel.height)

    @cached_property
    def ready(self) -> Prepared:
        """Its record."""
        return prepared(self.spec, self.findings.panel)

    @cached_property
    def target(self) -> LogPosterior:
        """Its log posterior."""
        return posterior_of(self.spec, self.ready, self.params.infer)

    def design_on(self, panel: pl.DataFrame, spec: ModelSpec) -> Design:
        """Another record, laid out for a model in the units of the main one."""
        columns = {name: column(panel, name) for name in columns_of(spec)}
        lags = structure_of(spec).input_lags
        return design_of(spec, columns, self.ready.standard, calendar_of(spec, panel), lags)

    @cached_property
    def refitter(self) -> Refitter | None:
        """Quick refits of it; None where nothing was fitted or a family is not Gaussian."""
        if self.main is None or any(series.family != "gaussian" for series in self.spec.recorded):
            return None
        scale = self.ready.scale
        x = self.target.unconstrain(((self.theta - scale.shift) / scale.scale).T)
        return Refitter(
            self.spec, scale, self.ready.design, self.params.infer.kernel, x.mean(axis=1), self.findings.protocol.lag,
            average=self.average,
        )  # fmt: skip


type Check = Callable[[Case], Line]


def not_applicable(check: str, why: str) -> Line:
    """A check that says nothing here, and why."""
    return Line(check, "not_applicable", None, None, why)


def p_value(p: float) -> str:
    """A p-value in a sentence."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"
