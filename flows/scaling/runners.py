"""Prefect's task runners by name: threads, processes, Dask, Ray."""

import os
from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

from prefect.task_runners import ProcessPoolTaskRunner, TaskRunner, ThreadPoolTaskRunner

from flows.scaling import ray_here
from flows.scaling.answering import apart, here
from flows.scaling.names import RunnerName
from flows.scaling.rows import Row
from schemas.errors import StudyError

Runner = TaskRunner[Any]


class Way(NamedTuple):
    """How studies are answered side by side.

    Attributes:
        runner: makes the task runner for so many studies at once.
        answer: what a task does; threads of one process start a process per study, the others have theirs already.
    """

    runner: Callable[[int], Runner]
    answer: Callable[..., Row]


def _threads(workers: int) -> Runner:
    return ThreadPoolTaskRunner(max_workers=workers)


def _processes(workers: int) -> Runner:
    return ProcessPoolTaskRunner(max_workers=workers)


def _dask(workers: int) -> Runner:
    """The cluster of `DASK_SCHEDULER_ADDRESS`, else one on this machine; one study a process at a time."""
    runner = _extra("dask", "prefect_dask").DaskTaskRunner
    if address := os.environ.get("DASK_SCHEDULER_ADDRESS"):
        return runner(address=address)
    return runner(
        cluster_kwargs={"n_workers": workers, "threads_per_worker": 1, "processes": True, "dashboard_address": None}
    )


def _ray(workers: int) -> Runner:
    """The cluster of `RAY_ADDRESS`, else one of our own on this machine, whatever else runs there."""
    cluster = os.environ.get("RAY_ADDRESS") not in (None, "", "local")
    os.environ.update(ray_here.QUIET if cluster else ray_here.environment())
    runner = _extra("ray", "prefect_ray").RayTaskRunner
    if cluster:
        return runner(init_kwargs=ray_here.joining())
    return runner(address="local", init_kwargs=ray_here.settings(workers))


def _extra(name: RunnerName, module: str) -> Any:  # noqa: ANN401 - a module that may not be there
    try:
        return import_module(module)
    except ImportError:
        fix = f"pip install 'causal-ssm-agent[{name}]', or take --runner processes"
        raise StudyError(f"the extra '{name}'", "it is not installed", f"--runner {name}", fix) from None


WAYS: dict[RunnerName, Way] = {
    "processes": Way(_processes, here),
    "threads": Way(_threads, apart),
    "dask": Way(_dask, here),
    "ray": Way(_ray, here),
}


def way_named(name: RunnerName) -> Way:
    """A line of the table."""
    return WAYS[name]
