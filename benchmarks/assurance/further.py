"""A further record simulated from one posterior draw, and what the verdict's rule says after a refit to all of it."""

import datetime as dt
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import polars as pl
from jaxtyping import Float

from schemas.deciding import Thresholds
from ssm_core.designs.schedule import tossed
from ssm_core.effects.responses import linear_of
from ssm_core.effects.verdict import Evidence, decide
from ssm_core.model.regressors import regressors_of
from ssm_core.robustness.refits import Refitter
from tasks.answering.checks.line import Case
from tasks.fitting.record import calendar_of, column, prepared
from tasks.fitting.sampling import posterior_of


class Answer(NamedTuple):
    """The verdict after the further record, and the effect that made it."""

    effect: float
    verdict: str


def answered_later(case: Case, draw: int, steps: int, rng: np.random.Generator) -> Answer | None:
    """Simulate `steps` more steps, chance deciding the exposure in pairs, and fit all again; None where that fails.

    The outcome follows the main model of one equation with the parameters of one draw; other inputs are rows of the
    record taken at random. The refit is the mode and its curvature (see `ssm_core.robustness.refits`). Where chance did
    not decide the record so far its exposure is left out of the refit: nothing was planned then.
    """
    spec, protocol = case.spec, case.findings.protocol
    if spec.states != (protocol.outcome,):
        raise ValueError("a main model of one equation")
    panel, theta = _longer(case, steps, rng), case.theta[draw]
    outcome = column(panel, protocol.outcome)
    outcome[case.findings.panel.height :] = _continued(case, panel, theta, outcome, rng)
    panel = panel.with_columns(pl.Series(protocol.outcome, outcome).fill_nan(None))
    if not protocol.randomised:
        planned = column(panel, protocol.treatment)
        planned[: case.findings.panel.height] = np.nan
        panel = panel.with_columns(pl.Series(protocol.treatment, planned).fill_nan(None))
    ready = prepared(spec, panel)
    target = posterior_of(spec, ready, case.params.infer)
    start = target.unconstrain(((case.theta.mean(axis=0) - ready.scale.shift) / ready.scale.scale)[:, None])[:, 0]
    fit = Refitter(spec, ready.scale, ready.design, case.params.infer.kernel, start, protocol.lag).to(ready.design)
    if fit is None:
        return None
    size = protocol.contrast_to - protocol.contrast_from
    effect = NormalDist(size * fit.mean, abs(size) * fit.sd)
    outside = effect.cdf(protocol.rope.low) + 1 - effect.cdf(protocol.rope.high)
    said = decide(Evidence(0.0, (), 1 - effect.cdf(0.0), outside), Thresholds())
    return Answer(float(case.effect[draw]) if case.effect is not None else np.nan, said)


def _longer(case: Case, steps: int, rng: np.random.Generator) -> pl.DataFrame:
    """The panel with steps behind it: tossed exposures, other columns from rows taken at random, no outcome yet."""
    panel, protocol = case.findings.panel, case.findings.protocol
    rows = panel[rng.integers(0, panel.height, steps)]
    values = np.where(tossed(steps, 1, rng), protocol.contrast_to, protocol.contrast_from)
    last = panel["start"][-1]
    starts = [None if last is None else last + dt.timedelta(days=k + 1) for k in range(steps)]
    later = rows.with_columns(
        pl.Series("step", np.arange(panel.height, panel.height + steps), dtype=panel.schema["step"]),
        pl.Series("start", starts, dtype=panel.schema["start"]),
        pl.Series(protocol.treatment, values, dtype=panel.schema[protocol.treatment]),
        pl.lit(None, dtype=panel.schema[protocol.outcome]).alias(protocol.outcome),
    )
    return pl.concat([panel, later])


def _continued(
    case: Case,
    panel: pl.DataFrame,
    theta: Float[np.ndarray, " parameter"],
    outcome: Float[np.ndarray, " time"],
    rng: np.random.Generator,
) -> Float[np.ndarray, " step"]:
    """`z_t = sum_k a_k z_{t-k} + sum_k b_k u_{t-k} + w_t`, `y_t = mean_t + z_t`; the trend goes on as it went."""
    spec, before = case.spec, case.findings.panel.height
    linear, y = linear_of(spec, theta[None]), case.findings.protocol.outcome
    mean = _mean(case, panel, theta)
    inputs = np.nan_to_num(np.column_stack([column(panel, name) for name in spec.inputs]))
    centred = inputs - np.array([case.ready.standard.centre[name] for name in spec.inputs])
    z = np.nan_to_num(outcome - mean)
    sd = float(np.hypot(linear.process_sd[0, 0], linear.measurement_sd[0, 0]))
    for t in range(before, panel.height):
        z[t] = sd * rng.normal()
        z[t] += sum(float(a[0, 0]) * z[t - k] for k, a in enumerate(linear.dynamics[0], 1))
        z[t] += sum(float(b[0] @ centred[t - k]) for k, b in enumerate(linear.inputs[0]))
    assert y == spec.states[0]
    return (mean + z)[before:]


def _mean(case: Case, panel: pl.DataFrame, theta: Float[np.ndarray, " parameter"]) -> Float[np.ndarray, " time"]:
    spec, before = case.spec, case.findings.panel.height
    names = tuple(name for name in spec.regressors)
    columns = regressors_of(names, panel.height, calendar_of(spec, panel), {})
    if "trend" in names:
        columns[:, names.index("trend")] = np.arange(panel.height) - (before - 1) / 2
    place = {p.column: k for k, p in enumerate(spec.parameters) if p.matrix == "mean"}
    return columns @ np.array([theta[place[name]] for name in names])
