"""Names of the ways in which many studies are answered side by side."""

from typing import Literal, get_args

RunnerName = Literal["processes", "threads", "dask", "ray"]
RUNNER_NAMES: tuple[RunnerName, ...] = get_args(RunnerName)
