"""Truths drawn from the prior that is fitted: parameters from one spec, the record from its equations, step by step."""

from time import process_time
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from benchmarks.simulations.scenarios import Scenario
from benchmarks.simulations.study import Row, answered, frozen, panel_of, params_of, row_of
from benchmarks.simulations.worlds import BURN_IN, Columns, autoregression
from schemas.protocol import Protocol
from schemas.spec import ModelSpec
from ssm_core.effects.responses import Linear, impulse_response, linear_of
from ssm_core.inference.density import LogPosterior
from ssm_core.model.regressors import Calendar, regressors_of
from ssm_core.model.unconstrained import prior_draws
from tasks.fitting.record import prepared

TEMPLATE_SEED, BLOCK, A_WEEK = 7, 64, 7


class Template(NamedTuple):
    """What all studies of a scenario share: priors must not follow the data that they are checked against.

    Attributes:
        protocol, prior: of the fit.
        spread: of the template's outcome.
    """

    protocol: Protocol
    prior: LogPosterior
    spread: float


class Truth(NamedTuple):
    """One parameter vector and the headline it implies, per unit of the contrast."""

    theta: Float[np.ndarray, " parameter"]
    effect: float


def template(scenario: Scenario, steps: int) -> Template:
    """Of one record of the scenario."""
    panel = panel_of(scenario.world(np.random.default_rng(TEMPLATE_SEED), steps, 0.3))
    protocol = frozen(params_of(scenario, 1), panel)
    ready = prepared(protocol.specs[0], panel)
    y = panel[protocol.outcome].drop_nulls().to_numpy()
    prior = LogPosterior(protocol.specs[0], ready.scale, ready.design)
    return Template(protocol, prior, float(np.std(y)))


def run(scenario: Scenario, steps: int, number: int, of: Template) -> Row:
    """Draw a truth, simulate its record, answer its question with the template's protocol."""
    rng = np.random.default_rng([number, steps, 77])
    began = process_time()
    truth = _drawn(of.protocol, of.prior, rng)
    columns = _record(scenario, of, truth.theta, steps, rng)
    panel, params = panel_of(columns), params_of(scenario, number)
    found, verdict = answered(of.protocol, panel, params)
    return row_of(found, verdict, truth.effect, process_time() - began)


def _drawn(protocol: Protocol, prior: LogPosterior, rng: np.random.Generator) -> Truth:
    theta = prior_draws(prior.priors, rng, BLOCK)
    spec = protocol.specs[0]
    lasting = [p.column == spec.treatment and p.row in spec.exposure_index for p in spec.parameters]
    possible = prior.assembly.stationary(theta) & (np.abs(theta[lasting]) < 1).all(axis=0)  # else the exposure explodes
    natural = prior.scale.shift + prior.scale.scale * theta[:, possible][:, 0]
    x, y, lag = spec.inputs.index(spec.treatment), spec.states.index(spec.outcome), protocol.lag
    response = impulse_response(linear_of(spec, natural[None]), x, y, lag)[0, lag]
    return Truth(natural, float(response) * (protocol.contrast_to - protocol.contrast_from))


def _record(
    scenario: Scenario, of: Template, theta: Float[np.ndarray, " parameter"], steps: int, rng: np.random.Generator
) -> Columns:
    """The equations of the spec; the exposure, where it has none, and the gaps as in the scenario's world."""
    spec, shape = of.protocol.specs[0], scenario.shape
    total = steps + BURN_IN
    linear, means = linear_of(spec, theta[None]), _means(spec, theta, steps)
    names = {name: k for k, name in enumerate(spec.inputs)}
    z, u = np.zeros((total, len(spec.states))), np.zeros((total, len(spec.inputs)))
    shocks = linear.process_sd[0] * rng.normal(size=z.shape)
    within = np.linalg.inv(np.eye(len(spec.states)) - linear.instant[0])
    noise = {p.row: theta[i] for i, p in enumerate(spec.parameters) if p.matrix == "measurement_sd"}
    y = spec.states.index(spec.outcome)
    coin, cause = rng.random(total), autoregression(rng, total, 0.5)
    for t in range(max(linear.dynamics.shape[1], linear.inputs.shape[1]), total):
        if "z" in names:
            u[t, names["z"]] = cause[t]
        index = f"{spec.treatment} (index)"
        if index in spec.states:
            z[t] = _step(linear, within, z, u, shocks, t)
            centre = means[spec.treatment][t] if spec.treatment in means else 0.0
            u[t, names[spec.treatment]] = z[t, spec.states.index(index)] + centre + noise[spec.treatment] * rng.normal()
        else:
            logit = 0.0
            if shape is not None:
                since = BURN_IN if t > BURN_IN else 0
                past = z[since:t, y] + means[spec.outcome][since:t]
                logit = shape.feedback * _unusual(past, of.spread) + shape.by_confounder * cause[t]
                logit += shape.habit * (2 * u[t - 1, names[spec.treatment]] - 1)
            u[t, names[spec.treatment]] = coin[t] < 1 / (1 + np.exp(-logit))
        z[t] = _step(linear, within, z, u, shocks, t)
    columns = {name: u[BURN_IN:, k].copy() for name, k in names.items()}
    columns |= {name: (z[:, spec.states.index(name)] + means[name])[BURN_IN:] for name in _seen(spec)}
    share = shape.missing if shape is not None else 0.0
    for values in columns.values():
        values[rng.random(steps) < share] = np.nan
    return columns


def _unusual(past: Float[np.ndarray, " time"], spread: float) -> float:
    """How far the last outcome was from what the person has known so far, in standard deviations of that.

    A function of the record alone: an exposure whose law knew the parameters would tell of them, and no fit of the
    outcome given the exposure listens to that.
    """
    known = float(np.std(past)) if past.size > A_WEEK else spread
    return float(past[-1] - np.mean(past)) / max(known, 1e-9)


def _seen(spec: ModelSpec) -> list[str]:
    return [series.name for series in spec.recorded if series.name in spec.states]


def _step(
    linear: Linear,
    within: Float[np.ndarray, "state state"],
    z: Float[np.ndarray, "time state"],
    u: Float[np.ndarray, "time input"],
    shocks: Float[np.ndarray, "time state"],
    t: int,
) -> Float[np.ndarray, " state"]:
    moved = shocks[t].copy()
    for k, A in enumerate(linear.dynamics[0], 1):
        moved += A @ z[t - k]
    for k, B in enumerate(linear.inputs[0]):
        moved += B @ u[t - k]
    return within @ moved


def _means(spec: ModelSpec, theta: Float[np.ndarray, " parameter"], steps: int) -> Columns:
    """Mean of every series; before the record it is that of the first step."""
    columns = regressors_of(spec.regressors, steps, Calendar(weekday=np.arange(steps) % 7), {})
    columns = np.concatenate([np.repeat(columns[:1], BURN_IN, axis=0), columns])
    columns = columns * [float(steps) if name == "trend" else 1.0 for name in spec.regressors]  # natural: per step
    out = {series.name: np.zeros(len(columns)) for series in spec.recorded}
    for value, parameter in zip(theta, spec.parameters, strict=True):
        if parameter.matrix == "mean":
            out[parameter.row] += value * columns[:, spec.regressors.index(parameter.column)]
    return out
