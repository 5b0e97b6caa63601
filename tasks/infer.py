"""Stage infer: draw from the posterior of every candidate graph's model, then check sampler and predictions."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, assert_never

import numpy as np
import polars as pl

from schemas.frames import Panel
from schemas.graph import GraphSet
from schemas.params import StudyParams
from schemas.results import Diagnostics, Fit, Gate
from schemas.spec import EXPOSURE, ModelSpec, SpecSet
from ssm_core.checks.convergence import Convergence, convergences_of, lowest_bfmi
from ssm_core.checks.predictive import Adequacy, OneStep, adequacy, one_step
from ssm_core.effects.summaries import summary_of
from ssm_core.inference.draws import Draws
from tasks.artifacts import document_bytes, read_document, read_frame, staged, write_bytes
from tasks.fitting.anchor import from_anchor
from tasks.fitting.gates import mode_gate, predictive_gates, sampler_gates
from tasks.fitting.posterior import posterior_tree, write_posterior
from tasks.fitting.record import Prepared, prepared
from tasks.fitting.sampling import drawn, posterior_of
from tasks.fitting.weights import Weighed, weighed
from tasks.meter import part


class Fitted(NamedTuple):
    """One graph's model, fitted."""

    spec: ModelSpec
    prepared: Prepared
    draws: Draws
    convergence: dict[str, Convergence]
    prediction: OneStep
    adequacy: Adequacy


def infer(root: Path, params: StudyParams, tell: Callable[[str], None]) -> None:
    """Fit every spec of `model/spec.json` to the panel; write the posterior and what the checks say.

    Raises:
        StudyError: a file of an earlier stage is missing or does not fit.
    """
    models = read_document(root / "model/spec.json", SpecSet)
    candidates = read_document(root / "model/graphs.json", GraphSet).graphs
    panel = read_frame(root / "data/panel.parquet", Panel)
    weights = weighed(candidates, panel, params.infer)
    chosen = weights.fitted(params.infer.most_graphs)
    if len(chosen) < len(candidates):
        tell(f"{len(candidates)} candidate graphs; the {len(chosen)} heaviest are fitted")
    fitted = [spec for spec in models.specs if spec.graph in chosen and not _is_zero_by_graph(spec)]
    fits = [fit(spec, panel, params, tell, root) for spec in (*fitted, *_of_use(models.exposures, fitted))]
    diagnostics = diagnostics_of(fits, params, weights)
    with staged(root) as scratch:
        write_posterior(scratch / "model/posterior.nc", posterior_tree({f.spec.graph: (f.spec, f.draws) for f in fits}))
        write_bytes(scratch / "model/diagnostics.json", document_bytes(diagnostics))


def _is_zero_by_graph(spec: ModelSpec) -> bool:
    return spec.treatment not in spec.inputs


def _of_use(exposures: Sequence[ModelSpec], fitted: Sequence[ModelSpec]) -> list[ModelSpec]:
    """How the exposure comes about matters for the graphs in which it acts."""
    wanted = {spec.graph + EXPOSURE for spec in fitted}
    return [spec for spec in exposures if spec.graph in wanted]


def fit(
    spec: ModelSpec, panel: pl.DataFrame, params: StudyParams, tell: Callable[[str], None], root: Path | None = None
) -> Fitted:
    """Draw from the posterior of one model and predict its outcome step by step.

    Where `infer.update` is `reweight`, draws of earlier rows that lie in the study `root` spare their sampling.

    Raises:
        StudyError: the panel lacks a variable, the model gives no parameter vector a positive probability.
    """
    ready = prepared(spec, panel)
    target = posterior_of(spec, ready, params.infer)
    if target.kernel_reason:
        tell(f"{spec.graph}: the slower JAX kernel runs, since {target.kernel_reason}")
    with part(f"fit of {spec.graph}"):
        match params.infer.update:
            case "refit":
                draws = drawn(target, ready, params.infer, tell)
            case "reweight":
                draws = from_anchor(target, ready, panel, params.infer, tell, root)
            case _:
                assert_never(params.infer.update)
    centre = (draws.theta.mean((0, 1)) - ready.scale.shift) / ready.scale.scale
    prediction = one_step(target, centre, [s.name for s in spec.recorded].index(spec.outcome))
    names = (parameter.name for parameter in spec.parameters)
    figures = dict(zip(names, convergences_of(draws.theta), strict=True))
    return Fitted(spec, ready, draws, figures, prediction, adequacy(prediction.residual))


def diagnostics_of(fits: list[Fitted], params: StudyParams, weights: Weighed) -> Diagnostics:
    """What sampler and predictions say, per graph, and what the record says of the graphs."""
    return Diagnostics(
        graphs={f.spec.graph: _gates(f) for f in fits},
        sampler=_sampler(fits, params),
        summary={f.spec.graph: _summary(f) for f in fits},
        fit={f.spec.graph: _one_step_fit(f) for f in fits},
        weights={graph.name: graph.weight for graph in weights.graphs},
        weights_kept=weights.kept,
    )


def _sampler(fits: list[Fitted], params: StudyParams) -> dict[str, float | int | str]:
    """What ran, and what it found before it drew."""
    if not fits:
        return {"seed": params.infer.seed}
    first = fits[0].draws
    return {
        "kernel": first.kernel,
        "sampler": first.sampler,
        "seed": params.infer.seed,
        "chains": first.theta.shape[0],
        "draws": max(f.draws.theta.shape[1] for f in fits),
        "gradients": int(sum(f.draws.steps.sum() for f in fits)),
        "modes": max(len(f.draws.modes) for f in fits),
        "largest_minor_mode": max((m.share for f in fits for m in f.draws.modes[1:]), default=0.0),
    }


def _gates(fitted: Fitted) -> dict[str, Gate]:
    divergent = float(fitted.draws.diverging.mean())
    return {
        **sampler_gates(divergent, lowest_bfmi(fitted.draws.energy), tuple(fitted.convergence.values())),
        **mode_gate([mode.share for mode in fitted.draws.modes]),
        **predictive_gates(fitted.adequacy),
    }


def _summary(fitted: Fitted) -> dict[str, dict[str, float]]:
    out = {}
    for index, parameter in enumerate(fitted.spec.parameters):
        figures = summary_of(fitted.draws.theta[..., index].ravel())._asdict()
        out[parameter.name] = figures | fitted.convergence[parameter.name]._asdict()
    return out


def _one_step_fit(fitted: Fitted) -> Fit:
    outcome = fitted.spec.outcome
    spread, centre = fitted.prepared.standard.spread[outcome], fitted.prepared.standard.centre[outcome]

    def listed(values: np.ndarray) -> tuple[float | None, ...]:
        return tuple(None if np.isnan(v) else float(v) for v in values)

    prediction = fitted.prediction
    return Fit(
        predicted=listed(prediction.mean * spread + centre),
        sd=listed(prediction.sd * spread),
        residual=listed(prediction.residual),
    )
