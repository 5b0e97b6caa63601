"""What later exposures do after an intervention on one: held, followed by their mechanism, or not known."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import polars as pl

from schemas.graph import CausalGraph
from schemas.params import Infer
from schemas.protocol import Protocol
from schemas.spec import EXPOSURE, ModelSpec
from ssm_core.effects.mechanism import total_response
from ssm_core.effects.responses import impulse_responses, linear_of
from ssm_core.graphs.unrolled import edges_with_memory, reached_from, smallest_lag
from tasks.fitting.mechanism import mechanism_of, mechanism_within

MOST_DRAWS, SEED = 4000, 13
"""Fewer draws would be faster, but R-hat of a few hundred lies above its limit by chance alone."""


CODED_WITH_HIDDEN_CAUSE = (
    "later exposures answer to earlier ones, and a two-valued exposure with a hidden cause cannot be run on: "
    "which later exposures would have changed depends on the path of what is hidden"
)


class Following(NamedTuple):
    """See `ssm_core.effects.estimands.Setting`."""

    total: np.ndarray | None = None
    total_from: int | None = None
    reason: str | None = None


def following(
    graph: CausalGraph,
    spec: ModelSpec,
    exposure: ModelSpec | None,
    draws: Mapping[str, np.ndarray],
    protocol: Protocol,
    panel: pl.DataFrame,
    settings: Infer,
) -> Following:
    """Total responses of one graph's model.

    Nothing follows where a design assigned every exposure, or where the graph lets no exposure answer to what an
    earlier one changed. Otherwise the fitted equation of the exposure is run on: of a model of its own, or, where a
    hidden node drives it too, the one in the model of the outcome. Without one later responses have no number.

    Args:
        graph: the candidate.
        spec: its model.
        exposure: its model of the exposure, if it has one.
        draws: of all models by name.
        protocol: contrast, lag and horizon.
        panel: the record.
        settings: of the stage infer.
    """
    x, y = protocol.treatment, protocol.outcome
    edges = edges_with_memory(graph)
    following_x = reached_from(graph, x)
    answers = any(target == x and source in following_x for source, target, _ in edges)
    shortest = smallest_lag(graph, x, y)
    if protocol.randomised or not answers or shortest is None:
        return Following()
    first = shortest + 1
    name = graph.name + EXPOSURE
    if exposure is not None and name in draws:
        theta, own = _paired(draws[spec.graph], draws[name])
        mechanism = mechanism_of(exposure, own, panel, settings)
    elif not spec.exposure_index:
        return Following(None, first, "later exposures answer to earlier ones, and no fitted model can be run on")
    elif any(series.name == x and series.family != "gaussian" for series in spec.recorded):
        return Following(None, first, CODED_WITH_HIDDEN_CAUSE)
    else:
        theta, _ = _paired(draws[spec.graph], draws[spec.graph])
        mechanism = mechanism_within(spec, theta, max(protocol.horizon, protocol.lag))
    responses = impulse_responses(linear_of(spec, theta), spec.inputs.index(x), max(protocol.horizon, protocol.lag))
    total = total_response(
        mechanism,
        {state: responses[..., k] for k, state in enumerate(spec.states)},
        x,
        y,
        (protocol.contrast_from, protocol.contrast_to),
        np.ones(mechanism.exposure.size, dtype=bool),
        responses.shape[1] - 1,
        np.random.default_rng(SEED),
    )
    if total is None:
        return Following(None, first, "no stretch of the record is complete enough to follow later exposures")
    return Following(total, first)


def _paired(theta: np.ndarray, own: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Draws of both models side by side, chain by chain (the two posteriors are independent)."""
    chains = min(theta.shape[0], own.shape[0])
    count = min(theta.shape[1], own.shape[1], max(1, MOST_DRAWS // chains))

    def thinned(draws: np.ndarray) -> np.ndarray:
        at = np.linspace(0, draws.shape[1] - 1, count).astype(int)
        return draws[:chains, at].reshape(chains * count, -1)

    return thinned(theta), thinned(own)
