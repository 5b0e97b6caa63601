"""`engine.json` and `engine.md`: what was measured, against whom, and what falls short."""

import json
import os
import platform
from pathlib import Path

from benchmarks.engine import problem as reference
from benchmarks.engine import settings
from benchmarks.engine.agreement import Agreement, agreements
from benchmarks.engine.launch import ROOT
from benchmarks.engine.sections import markdown
from benchmarks.engine.shards import Job
from benchmarks.engine.summary import KEYS, Results, best, figures, groups, projections, ratios, shortest

SHOWN = {"jax", "numba", "numpy", "nutpie", "pymc", "pymc-extras", "numpyro", "blackjax", "dynamax", "cuthbert"}
SHOWN |= {"pystan", "statsmodels"}
RESULTS = ROOT / "benchmarks" / "results"


def write(results: Results, shards: Path, folder: Path = RESULTS) -> str:
    """Write both files; returns the Markdown."""
    document = summarise(results, agreements(results, shards))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "engine.json").write_text(json.dumps(document, indent=1) + "\n")
    text = markdown(document)
    (folder / "engine.md").write_text(text)
    return text


def summarise(results: Results, compared: list[Agreement]) -> dict:
    """All figures as one document; the first four keys are the contract of issue 3."""
    table = {name: figures(name, results) for name in settings.METHODS}
    ours, peers, limit = groups()
    best_ours, best_peer = best(ours, table), best(peers, table)
    mine = table[best_ours["gradient_us"]].gradient_us if "gradient_us" in best_ours else None
    least = min((us for name in limit if (us := table[name].gradient_us)), default=None)
    measured = {name: row for name, row in table.items() if row != type(row)()}
    return {
        "methods": {name: {key: getattr(row, key) for key in KEYS} for name, row in measured.items()},
        "best_peer": best_peer,
        "ratio_vs_best_peer": ratios(table, best_ours, best_peer),
        "ratio_vs_native_limit": mine / least if mine and least else None,
        "best_ours": best_ours,
        "details": {name: row._asdict() | _about(name, results) for name, row in measured.items()},
        "projected": projections(table, results),
        "gradients": [_gradients(size, results) for size in settings.GRADIENTS],
        "lines": {kind: _lines(kind, results) for kind in ("build", "second", "long", "screen", "row", "stage")},
        "agreement": [found._asdict() | {"holds": found.holds} for found in compared],
        "log_likelihood_at_truth": {
            str(data): reference.log_likelihood(found, reference.truth(found.spec))
            for data in range(settings.DATASETS)
            for found in [reference.generate(seed=reference.SEED + data)]
        },
        "machine": {"processor": _processor(), "cores": os.cpu_count(), "python": platform.python_version()},
        "versions": _pins(),
    }


def _about(name: str, results: Results) -> dict:
    method = settings.METHODS[name]
    hows = {result["how"] for job, result in results.items() if job.method == name and job.kind == "gradient"}
    return {
        "remark": method.remark,
        "environment": method.environment,
        "limit": method.limit,
        "how": " / ".join(sorted(hows)),
    }


def _gradients(size: tuple[int, int, int], results: Results) -> dict:
    rows, n, chains = size
    found = {
        name: {
            key: shortest(name, results, rows, n, chains, key)
            for key in ("gradient_us", "gradient_cpu_us", "compile_s", "peak_mb", "import_peak_mb", "value_gap")
        }
        for name in settings.METHODS
        if shortest(name, results, rows, n, chains) is not None
    }
    return {"T": rows, "n": n, "chains": chains, "methods": found}


def _lines(kind: str, results: Results) -> list[dict]:
    dropped = {"job", "mean", "sd", "mean_ess"}
    return [
        {"method": job.method, "seed": job.seed} | {key: value for key, value in result.items() if key not in dropped}
        for job, result in results.items()
        if job.kind == kind
    ]


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")


def _pins() -> dict[str, str]:
    pins = (ROOT / "benchmarks" / "engine" / "peers" / "requirements.txt").read_text().splitlines()
    named = dict(line.split("==") for line in pins if "==" in line)
    return {name: version for name, version in named.items() if name in SHOWN}


def done(results: Results, jobs: list[Job]) -> str:
    """How much of the plan has results, in one line."""
    return f"{len(results)} of {len(jobs)} jobs have results"
