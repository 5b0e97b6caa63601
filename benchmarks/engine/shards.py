"""Jobs and their results: one JSON file each, so that a run that was stopped goes on where it was."""

import json
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.engine.judge import judge
from benchmarks.engine.launch import ROOT, Spent, run_cold
from benchmarks.engine.settings import DATASETS, GRADIENT_ROUNDS, GRADIENTS, LIMIT_S, LONG, METHODS, SEEDS, Method, N, T
from benchmarks.engine.settings import Job as Kind

PYTHON = {"ours": ROOT / ".venv" / "bin" / "python", "peers": ROOT / ".venv-peers" / "bin" / "python"}
SHARDS = Path(__file__).parent / ".shards"
KEEPABLE = ("httpstan", "pytensor", "numba", "causal-ssm")
SAMPLING = ("posterior", "second", "long")


class Job(NamedTuple):
    """One cold process."""

    method: str
    kind: Kind
    T: int = T
    n: int = N
    chains: int = 1
    data: int = 0
    seed: int = 0

    @property
    def name(self) -> str:
        """The file's name without ending."""
        method = "".join(letter if letter.isalnum() else "_" for letter in self.method)
        return f"{self.kind}-{method}-T{self.T}-n{self.n}-c{self.chains}-d{self.data}-s{self.seed}"


def planned(methods: dict[str, Method], quick: bool = False) -> list[Job]:
    """All jobs, those of different methods taking turns: builds, gradients, then posteriors and the rest."""
    jobs = [Job(name, "build") for name, method in methods.items() if "build" in method.jobs]
    jobs += list(_gradients(methods, quick))
    jobs += [Job(name, "posterior") for name in _offering(methods, "posterior") if quick]
    return jobs if quick else jobs + list(_posteriors(methods)) + list(_others(methods))


def _gradients(methods: dict[str, Method], quick: bool) -> Iterator[Job]:
    """The reference size in several rounds, the others once; one chain stands for all where they are not batched."""
    for index, (rows, n, chains) in enumerate(GRADIENTS[:1] if quick else GRADIENTS):
        for round_ in range(GRADIENT_ROUNDS if index == 0 and not quick else 1):
            for name in _offering(methods, "gradient"):
                if n not in methods[name].latents:
                    continue
                if methods[name].batches or index != GRADIENTS.index((T, N, 1)):
                    yield Job(name, "gradient", rows, n, chains if methods[name].batches else 1, 0, round_)


def _offering(methods: dict[str, Method], kind: Kind) -> list[str]:
    return [name for name, method in methods.items() if kind in method.jobs]


def _posteriors(methods: dict[str, Method]) -> Iterator[Job]:
    for seed in range(SEEDS):
        for data in range(DATASETS):
            for name in _offering(methods, "posterior"):
                if data < methods[name].datasets and seed < methods[name].seeds:
                    yield Job(name, "posterior", data=data, seed=seed)


def _others(methods: dict[str, Method]) -> Iterator[Job]:
    for seed in range(SEEDS):
        for kind in ("second", "screen", "row", "stage", "long"):
            yield from (Job(name, kind, LONG if kind == "long" else T, seed=seed) for name in _offering(methods, kind))


def carry_out(jobs: Iterable[Job], folder: Path = SHARDS) -> None:
    """Run what has no result yet, one after the other."""
    folder.mkdir(parents=True, exist_ok=True)
    for job in jobs:
        done = (folder / f"{job.name}.json").exists()
        if done and job.kind == "build" and METHODS[job.method].environment == "ours":
            _remake(METHODS[job.method])
        if not done:
            sys.stdout.write(f"{job.name} ... ")
            sys.stdout.flush()
            sys.stdout.write(f"{_carry_out(job, folder)}\n")


def _carry_out(job: Job, folder: Path) -> str:
    method, out = METHODS[job.method], folder / f"{job.name}.partial.json"
    options = {"T": job.T, "n": job.n, "chains": job.chains, "data-seed": job.data, "seed": job.seed, "out": out}
    command = [str(PYTHON[method.environment]), "-m", method.module, "posterior" if job.kind == "long" else job.kind]
    command += [word for name, value in options.items() for word in (f"--{name}", str(value))]
    try:
        making = job.kind == "build"
        spent = run_cold(command, LIMIT_S, () if making else _keeps(job), making)
    except TimeoutError as error:
        spent = Spent(LIMIT_S, float("nan"), -1, str(error))
    if spent.code != 0:
        result: dict[str, object] = {"failed": spent.words}
    else:
        result = json.loads(out.read_text()) | {"wall_s": spent.wall_s, "cpu_s": spent.cpu_s}
        if job.kind in SAMPLING:
            result |= judge(np.load(out.with_suffix(".npz"))["draws"])._asdict()
            out.with_suffix(".npz").rename(folder / f"{job.name}.npz")
        out.unlink()
    partial = folder / f"{job.name}.tmp"
    partial.write_text(json.dumps(result | {"job": job._asdict()}, indent=1) + "\n")
    partial.rename(folder / f"{job.name}.json")
    return "failed" if "failed" in result else f"{spent.wall_s:.0f} s, {spent.cpu_s:.1f} CPU s"


def _remake(method: Method) -> None:
    """Compile again what has changed since it was built, so that no other job pays for it; the first figure stands."""
    with tempfile.NamedTemporaryFile() as unread:
        command = [str(PYTHON[method.environment]), "-m", method.module, "build", "--out", unread.name]
        spent = run_cold(command, LIMIT_S, making=True)
    if spent.code != 0:
        raise SystemExit(f"{method.module} build: {spent.words}")


def _keeps(job: Job) -> tuple[str, ...]:
    """A gradient is timed after compilation, so it may use all that was compiled before; a posterior may not."""
    return KEEPABLE if job.kind == "gradient" else METHODS[job.method].keeps


def results(jobs: Iterable[Job], folder: Path = SHARDS) -> dict[Job, dict]:
    """What has been measured so far; failed jobs are left out."""
    found = {}
    for job in jobs:
        path = folder / f"{job.name}.json"
        if path.exists() and "failed" not in (result := json.loads(path.read_text())):
            found[job] = result
    return found
