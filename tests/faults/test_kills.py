"""Laws under `kill -9`: what is visible is old or new, whole; the next run gives the bytes of an undisturbed one."""

import json
import random
import time

import pytest

from schemas.stages import STAGE_NAMES, STAGES
from tasks.artifacts import sha256_of
from tests.faults.conftest import kill, outputs, start, succeeds

pytestmark = [pytest.mark.faults, pytest.mark.timeout(3600)]
KILLS = 15
"""Of each stage, at moments spread over its whole run: 90 in all, and 12 of `run` below."""


def half_written(root, whole):
    """Files of stages that are neither absent nor what an undisturbed run wrote."""
    return [path for path, digest in outputs(root).items() if digest not in {"missing", whole[path]}]


def strays(root):
    """Temporary neighbours outside the private scratch folder."""
    return [p for p in root.rglob(".*.????????????????????????????????") if ".dvc" not in p.parts]


def spread(name, count, seconds):
    """One random moment from each of as many equal parts of a stage's time."""
    draw = random.Random(name)
    return [(index + draw.random()) / count * seconds for index in range(count)]


def test_no_kill_of_a_stage_shows_half_a_file_or_changes_what_the_next_run_writes(undisturbed, fresh):
    landed = 0
    for name in STAGE_NAMES:
        for moment in spread(name, KILLS, undisturbed.seconds[name]):
            process = start("stage", name, fresh)
            time.sleep(moment)
            landed += process.poll() is None
            kill(process)
            assert half_written(fresh, undisturbed.outputs) == [], (name, moment)
            log = max((fresh / ".causal-ssm" / "runs").glob("*/run.json"), default=None)
            assert log is None or json.loads(log.read_bytes())["schema_version"] == "1"
        succeeds("stage", name, fresh)
    print(f"{landed} of {KILLS * len(STAGE_NAMES)} kills landed")  # noqa: T201
    assert outputs(fresh) == undisturbed.outputs
    assert landed >= 0.7 * KILLS * len(STAGE_NAMES)
    assert list((fresh / ".causal-ssm" / "tmp").glob("*")) == []
    assert strays(fresh) == []


@pytest.mark.parametrize("name", STAGE_NAMES)
def test_a_kill_at_the_boundary_of_a_stage_keeps_what_was_finished(undisturbed, fresh, name):
    process = start("run", fresh)
    mark = fresh / ".causal-ssm" / "ledger" / f"{name}.json"
    deadline = time.monotonic() + 240
    while not mark.is_file() and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.005)
    kill(process)
    assert mark.is_file()
    before = STAGE_NAMES[: STAGE_NAMES.index(name) + 1]
    for stage in STAGES:
        if stage.name in before:
            assert all(sha256_of(fresh / path) == undisturbed.outputs[path] for path in stage.writes)
    told = json.loads(succeeds("run", fresh, "--json"))
    assert set(told["computed"]).isdisjoint(before)
    assert outputs(fresh) == undisturbed.outputs
    assert "nothing was recomputed" in succeeds("repro", fresh)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9, 0.97])
def test_a_kill_of_a_whole_run_costs_only_time(undisturbed, fresh, share):
    process = start("run", fresh)
    time.sleep(share * 45)
    kill(process)
    assert half_written(fresh, undisturbed.outputs) == []
    succeeds("run", fresh)
    assert outputs(fresh) == undisturbed.outputs
