"""Do intervals cover a truth that stays the same? Data sets of two problems, and how often each interval holds it."""

import json
from collections.abc import Iterator
from time import process_time
from typing import NamedTuple

import numpy as np

from benchmarks.calibration import shards
from benchmarks.calibration.terms import CENTRE, EFFECT, PERSISTENCE, fixed, free, model
from benchmarks.engine import problem as reference
from schemas.prior import Beta, LogNormal, Normal
from schemas.spec import ModelSpec, Series
from ssm_core.checks.convergence import ess_bulk, rhat
from ssm_core.inference.density import LogPosterior
from ssm_core.inference.sample import sample
from ssm_core.inference.settings import Settings
from ssm_core.model.design import design_of
from ssm_core.model.regressors import Calendar
from ssm_core.model.standard import Standard
from ssm_core.model.structure import scale_of, structure_of

SETTINGS = Settings(starts=8, warmup=(30, 40, 50), ess=400.0, rhat=1.05)
LEVELS = (0.5, 0.9)
STEPS, OUTLYING, LARGER = 200, 0.05, 8.0
SPREAD = LogNormal(median=0.5, log_sd=0.7)
DAYS = {"inputs(y, x)": 0.6, "dynamics(y, y) lag 1": 0.7, "mean(y, intercept)": 1.0, "process_sd(y)": 0.5}
NOISE = 0.5


class Record(NamedTuple):
    """One data set: a model, columns, and the parameters that a truth is known for."""

    spec: ModelSpec
    columns: dict[str, np.ndarray]
    truth: dict[str, float]


class Recovered(NamedTuple):
    """One data set: is the truth in the central interval, by level and parameter; width of the 90 % interval."""

    covered: dict[str, dict[str, bool]]
    width: dict[str, float]
    converged: bool
    cpu_s: float


def four_latents(number: int) -> Record:
    """The reference problem of the engine: 365 days, four latents, six indicators, 32 parameters."""
    data = reference.generate(seed=reference.SEED + number)
    shape = data.spec
    z, y = [f"z{i}" for i in range(shape.n)], [f"y{i}" for i in range(shape.m)]
    parameters = [
        *(free("dynamics", z[i], z[i], 1, PERSISTENCE) for i in range(shape.n)),
        *(free("dynamics", z[i], z[j], 1, Normal(mean=0.0, sd=0.5)) for i, j in shape.off),
        *(free("inputs", z[i], ("x", "w")[k]) for i, k in shape.b),
        *(free("process_sd", z[i], prior=SPREAD) for i in range(shape.n)),
        *(free("loading", y[row], z[i]) for row, i in shape.lam),
        *(free("mean", y[i], "intercept") for i in range(shape.m)),
        *(free("measurement_sd", y[i], prior=SPREAD) for i in range(shape.m)),
    ]
    spec = model("four_latents", parameters, states=tuple(z), inputs=("x", "w"),
                 series=tuple(Series(name=name) for name in y),
                 constants=tuple(fixed("loading", y[i], z[i]) for i in range(shape.n)))  # fmt: skip
    columns = dict(zip([*y, "x", "w"], [*data.y.T, *data.u.T], strict=True))
    truth = dict(zip([p.name for p in parameters], reference.truth(shape).tolist(), strict=True))
    return Record(spec, columns, truth)


def outlying_days(number: int, family: str) -> Record:
    """200 days, one latent; on one day in twenty the measurement noise is eight times as large."""
    rng = np.random.default_rng([20260101, number])
    effect, memory, centre, sd = DAYS.values()
    x = (np.cumsum(rng.random(STEPS) < 0.25) % 2).astype(float)
    z = np.zeros(STEPS)
    for t in range(1, STEPS):
        z[t] = memory * z[t - 1] + effect * x[t] + sd * rng.standard_normal()
    size = np.where(rng.random(STEPS) < OUTLYING, LARGER, 1.0)
    y = centre + z + NOISE * size * rng.standard_normal(STEPS)
    y[rng.random(STEPS) < 0.1] = np.nan
    parameters = [
        free("inputs", "y", "x", prior=EFFECT),
        free("dynamics", "y", "y", 1, Beta(a=3.0, b=2.0)),
        free("mean", "y", "intercept", prior=CENTRE),
        free("process_sd", "y", prior=SPREAD),
        free("measurement_sd", "y", prior=SPREAD),
    ]
    spec = model(f"outlying days, {family}", parameters, series=(Series(name="y", family=family),))
    return Record(spec, {"x": x, "y": y}, DAYS)


PROBLEMS = {
    "four_latents": four_latents,
    "outlying_student_t": lambda number: outlying_days(number, "student_t"),
    "outlying_gaussian": lambda number: outlying_days(number, "gaussian"),
}


def recover(name: str, wanted: int) -> Iterator[int]:
    """Fit the data sets that are still missing among the first `wanted`."""
    shards.SHARDS.mkdir(parents=True, exist_ok=True)
    done = recovered(name)
    for number in (n for n in range(wanted) if n not in done):
        found = _fit(PROBLEMS[name](number), number)
        line = json.dumps({"key": _key(name), "number": number, "recovered": found._asdict()})
        with (shards.SHARDS / f"{name}.jsonl").open("a") as shard:
            shard.write(line + "\n")
        yield number


def recovered(name: str) -> dict[int, Recovered]:
    """What was fitted so far."""
    path = shards.SHARDS / f"{name}.jsonl"
    lines = map(json.loads, path.read_text().splitlines()) if path.is_file() else ()
    return {line["number"]: Recovered(**line["recovered"]) for line in lines if line["key"] == _key(name)}


def _key(name: str) -> str:
    """What a line depends on, the engine's own code aside."""
    record = PROBLEMS[name](0)
    return shards.digest(record.spec.model_dump(mode="json"), record.truth, list(SETTINGS), STEPS, OUTLYING, LARGER)


def _fit(record: Record, seed: int) -> Recovered:
    began, spec = process_time(), record.spec
    names = dict.fromkeys([*spec.states, *record.columns])
    standard = Standard(dict.fromkeys(names, 0.0), dict.fromkeys(names, 1.0))
    lags = structure_of(spec).input_lags
    design = design_of(spec, record.columns, standard, Calendar(), lags)
    target = LogPosterior(spec, scale_of(spec, standard.spread, standard.centre, len(design.y)), design)
    draws, _ = sample(target, SETTINGS._replace(seed=seed), lambda _: None)
    theta = draws.theta
    at = {p.name: theta[..., i].ravel() for i, p in enumerate(spec.parameters) if p.name in record.truth}
    covered = {}
    for level in LEVELS:
        ends = {name: np.quantile(values, [(1 - level) / 2, (1 + level) / 2]) for name, values in at.items()}
        covered[str(level)] = {name: bool(low <= record.truth[name] <= high) for name, (low, high) in ends.items()}
    converged = float(rhat(theta).max()) <= SETTINGS.rhat and float(ess_bulk(theta).min()) >= SETTINGS.ess
    return Recovered(covered, {name: float(high - low) for name, (low, high) in ends.items()}, converged,
                     process_time() - began)  # fmt: skip


def coverage(found: list[Recovered]) -> dict[str, float]:
    """Shares of (data set, parameter) pairs whose interval holds the truth; mean width; what did not converge."""
    shares = {f"covered_{level}": float(np.mean([list(f.covered[str(level)].values()) for f in found]))
              for level in LEVELS}  # fmt: skip
    names = found[0].width
    worst = {f"least_{level}": float(min(np.mean([f.covered[str(level)][n] for f in found]) for n in names))
             for level in LEVELS}  # fmt: skip
    return shares | worst | {
        "parameters": len(names),
        "not_converged": sum(not f.converged for f in found),
        "cpu_minutes": round(sum(f.cpu_s for f in found) / 60, 2),
        "effect_width": float(np.mean([next(w for n, w in f.width.items() if n.startswith("inputs")) for f in found])),
    }  # fmt: skip
