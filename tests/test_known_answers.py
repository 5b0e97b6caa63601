"""Real studies with known answers, from raw files to verdict; the page of them is compared, never written."""

import json
from pathlib import Path

import pytest

from benchmarks.known_answers.interventions import INTERVENTIONS
from benchmarks.known_answers.likelihood import nile_log_likelihood
from benchmarks.known_answers.run import run_study
from benchmarks.known_answers.studies import STUDIES, pooled
from schemas.audit import Audit
from tasks.artifacts import read_document

PAGE = Path(__file__).parents[1] / "docs" / "known-answers.json"
COUNTS = {
    "caffeine_productivity": {"active": 25, "comparator": 25},
    "caffeine_absorption": {"active": 25, "comparator": 25},
}


@pytest.mark.mcmc
@pytest.mark.slow
@pytest.mark.parametrize("study", [*STUDIES, *INTERVENTIONS], ids=lambda s: s.name)
def test_known_answer(study, shared_data, tmp_path):
    outcome = run_study(study, shared_data, tmp_path / study.name)
    assert all(outcome.met.values()), outcome.met
    recorded = json.loads(PAGE.read_text())[study.name]
    assert outcome.verdict.verdict == recorded["verdict"]
    estimate = outcome.verdict.estimate
    assert estimate is not None
    assert estimate.mean == pytest.approx(recorded["estimate"]["mean"], abs=0.2 * recorded["estimate"]["sd"])
    assert estimate.mean == pooled(outcome.effects, estimate.name).mean
    audit = read_document(tmp_path / study.name / "data/audit.json", Audit)
    if study.name in COUNTS:
        (exposure,) = [f for f in audit.findings if f.kind == "exposure"]
        assert COUNTS[study.name].items() <= exposure.counts.items()
        naive = outcome.verdict.naive_difference
        expected = 46 if study.outcome == "productivity" else 50
        assert naive.n_exposed + naive.n_unexposed == expected
    if study.name == "melatonin_mood":
        assert [f for f in audit.findings if f.kind == "index_disagrees" and f.severity == "warning"]


def test_nile_likelihood_is_the_published_one(shared_data):
    value = nile_log_likelihood(shared_data / "classic_interventions" / "Nile.csv")
    assert value == pytest.approx(-632.5456, abs=1e-3)
