"""The judge and the book-keeping of the engine's benchmark."""

import subprocess
import sys

import numpy as np
import pytest

from benchmarks.engine.judge import distance, judge
from benchmarks.engine.launch import ROOT
from benchmarks.engine.settings import METHODS
from benchmarks.engine.shards import planned
from benchmarks.engine.summary import cold_wall_s

ORPHAN = """
import os, time
if os.fork() == 0:
    if os.fork() == 0:
        while time.process_time() < 0.5:
            pass
    os._exit(0)
os.wait()
"""
WATCH = f"""
import sys
from benchmarks.engine.launch import adopt_orphans, run_cold
adopt_orphans()
print(run_cold([sys.executable, "-c", {ORPHAN!r}], 60.0).cpu_s)
"""


def test_work_of_an_orphaned_worker_is_counted():
    said = subprocess.run([sys.executable, "-c", WATCH], cwd=ROOT, capture_output=True, text=True, check=True)
    assert float(said.stdout) >= 0.5


def test_independent_draws_count_in_full_and_a_stuck_chain_is_seen():
    draws = np.random.default_rng(0).standard_normal((4, 500, 2))
    free = judge(draws)
    assert free.converged
    assert 0.7 * 2000 < free.bulk_ess < 1.3 * 2000
    draws[0, :, 1] += 1.0
    assert not judge(draws).converged


def test_the_same_posterior_is_near_and_a_shifted_one_is_far():
    rng = np.random.default_rng(1)
    one, other = (judge(rng.standard_normal((4, 500, 3))) for _ in range(2))
    shifted = judge(rng.standard_normal((4, 500, 3)) + 0.3)
    assert distance(one, other)[0] < 4.0
    assert distance(one, shifted)[0] > 5.0


def test_time_to_enough_draws_is_measured_when_reached_and_projected_when_not():
    run = {"bulk_ess": 1500.0, "tail_ess": 1000.0, "rhat": 1.005, "wall_s": 30.0, "warm_s": 10.0}
    assert cold_wall_s(run) == (30.0, False)
    assert cold_wall_s(run | {"tail_ess": 500.0}) == (pytest.approx(10.0 + 20.0 * 2.0), True)
    assert cold_wall_s(run | {"rhat": 1.02}) == (30.0, True)


def test_every_job_of_the_plan_has_a_file_of_its_own():
    jobs = planned(METHODS)
    assert len({job.name for job in jobs}) == len(jobs)
    assert {job.method for job in jobs} == set(METHODS)
