"""What later exposures do where the exposure's own equation stands in the model of the outcome."""

import numpy as np
import pytest

from schemas.params import Infer
from ssm_core.effects.responses import impulse_response, linear_of
from tasks.answering.following import CODED_WITH_HIDDEN_CAUSE, following
from tasks.configure import new_protocol
from tests.tasks.modelling.making import catalog_of, panel_of, params, with_section

HORIZON = 6
FRONT_DOOR = {
    "hidden": {"u": {}},
    "roles": {"m": "mediator"},
    "require": [{"from": "u", "to": "x"}, {"from": "u", "to": "y"}, {"from": "x", "to": "m"}, {"from": "m", "to": "y"}],
    "forbid": [{"from": "x", "to": "y"}, {"from": "y", "to": "x"}],
}
ANSWERS = {**FRONT_DOOR, "require": [*FRONT_DOOR["require"], {"from": "m", "to": "x", "lag": 1}]}


def asked(configure, tmp_path, *, binary=False):
    """Protocol and record of a front door; `x` remembers itself, and answers to `m` where that is required."""
    rng = np.random.default_rng(1)
    x, m, y = rng.normal(size=(3, 60))
    panel = panel_of({"x": (x > 0).astype(float) if binary else x, "m": m, "y": y})
    given = with_section(params(treatment="x", outcome="y"), "configure", **configure)
    given = with_section(given, "estimate", horizon=HORIZON)
    return new_protocol(tmp_path, given, catalog_of(panel), panel, {}), panel


def drawn_by(spec, draws):
    """Any parameters of a stable system."""
    rng = np.random.default_rng(2)
    size = {"process_sd": 0.5, "measurement_sd": 0.5, "mean": 1.0}
    theta = np.empty((1, draws, len(spec.parameters)))
    for k, parameter in enumerate(spec.parameters):
        theta[0, :, k] = size.get(parameter.matrix, 0.4) * rng.uniform(0.5, 1.0, draws)
    return theta


def simulated(spec, theta, start, value, rng, *, kept=False):
    """Outcome from step `start` on, step by step, the exposure set there (and later, if kept); one stream of noise."""
    of = {(p.matrix, p.row, p.column, p.lag): float(v) for p, v in zip(spec.parameters, theta, strict=True)}
    steps, index = start + HORIZON + 1, next(iter(spec.exposure_index))
    path = {name: np.zeros(steps) for name in ("u", index, "x", "m", "y")}
    for t in range(steps):
        for name in path:
            noise = rng.normal()
            if name == "x":
                path["x"][t] = value if t == start or (kept and t > start) else path[index][t] + noise
                continue
            now = noise
            for (matrix, row, cause, lag), size in of.items():
                if row == name and matrix in ("inputs", "instant", "dynamics") and t >= lag:
                    now += size * path[cause][t - lag]
            path[name][t] = now
    return path["y"][start:]


@pytest.mark.parametrize("configure", [FRONT_DOOR, ANSWERS], ids=["own past", "own past and mediator"])
def test_total_effects_follow_the_equation_in_the_main_model_as_a_simulation_step_by_step_does(configure, tmp_path):
    protocol, panel = asked(configure, tmp_path)
    graph, spec = protocol.graphs[0], protocol.specs[0]
    assert spec.exposure_index
    assert protocol.exposures == ()
    theta = drawn_by(spec, 3)
    found = following(graph, spec, None, {graph.name: theta}, protocol, panel, Infer())
    assert found.reason is None
    for draw in range(3):
        worlds = [simulated(spec, theta[0, draw], 5, value, np.random.default_rng(9)) for value in (0.0, 1.0)]
        np.testing.assert_allclose(found.total[draw], worlds[1] - worlds[0], atol=1e-12)
        assert found.total[draw, 2] != pytest.approx(theta[0, draw, 0])


@pytest.mark.parametrize("configure", [FRONT_DOOR, ANSWERS], ids=["own past", "own past and mediator"])
def test_an_exposure_that_is_kept_up_does_what_a_simulation_step_by_step_does(configure, tmp_path):
    protocol, _ = asked(configure, tmp_path)
    spec = protocol.specs[0]
    theta = drawn_by(spec, 3)[0]
    held = impulse_response(linear_of(spec, theta), spec.inputs.index("x"), spec.states.index("y"), HORIZON)
    for draw in range(3):
        worlds = [simulated(spec, theta[draw], 5, value, np.random.default_rng(9), kept=True) for value in (0.0, 1.0)]
        np.testing.assert_allclose(np.cumsum(held[draw]), worlds[1] - worlds[0], atol=1e-12)


def test_a_coded_exposure_with_a_hidden_cause_is_refused_later_responses_with_the_reason(tmp_path):
    protocol, panel = asked(FRONT_DOOR, tmp_path, binary=True)
    graph, spec = protocol.graphs[0], protocol.specs[0]
    found = following(graph, spec, None, {graph.name: drawn_by(spec, 2)}, protocol, panel, Infer())
    assert (found.total, found.total_from, found.reason) == (None, 1, CODED_WITH_HIDDEN_CAUSE)
