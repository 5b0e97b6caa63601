"""Flows without Prefect's engine, for tests of our own logic: a call is a call, a cached result a file of that key."""

import json
from pathlib import Path

import pytest

import flows.pipeline
import flows.recording


class PlainFlow:
    """A flow that is only a function."""

    def __init__(self, fn):
        self.fn = fn

    def with_options(self, **options):
        return self

    def __call__(self, *args, **kwargs):
        return self.fn(*args, **kwargs)


class PlainTask:
    """A task with a cache: the result of the same stage and key is computed once, unless refreshed."""

    def __init__(self, fn, storage=None, refresh=False):
        self.fn, self.storage, self.refresh = fn, storage, refresh

    def with_options(self, result_storage=None, refresh_cache=False):
        return PlainTask(self.fn, result_storage or self.storage, refresh_cache)

    def __call__(self, stage, base, key):
        path = Path(self.storage) / f"{stage}-{key}"
        if self.refresh or not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(self.fn(stage, base, key)))
        return json.loads(path.read_text())


def without_prefect(patch: pytest.MonkeyPatch) -> None:
    """Run the same flow functions without server, states and retries."""
    patch.setattr(flows.pipeline, "stage_outputs", PlainTask(flows.pipeline.stage_outputs.fn))
    patch.setattr(flows.pipeline, "run_stage", PlainFlow(flows.pipeline.run_stage.fn))
    patch.setattr(flows.pipeline, "causal_ssm", flows.pipeline.causal_ssm.fn)
    patch.setattr(flows.recording, "ask_model", flows.recording.ask_model.fn)
