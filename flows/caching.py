"""Prefect's task cache with our key: the content of everything that may change a stage's output."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prefect.cache_policies import CachePolicy
from prefect.context import TaskRunContext

RESULTS = Path(".causal-ssm") / "cache"


@dataclass
class ContentKey(CachePolicy):
    """The task's parameter `key`, computed and checked before the task is called.

    Prefect swallows what a policy raises and then does not cache, so nothing is computed here.
    """

    def compute_key(
        self,
        task_ctx: TaskRunContext,  # noqa: ARG002 - Prefect's signature
        inputs: dict[str, Any],
        flow_parameters: dict[str, Any],  # noqa: ARG002
        **kwargs: Any,  # noqa: ANN401, ARG002
    ) -> str | None:
        """Name of the stored result."""
        return f"{inputs['stage']}-{inputs['key']}"
