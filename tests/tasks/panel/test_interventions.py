"""An intervention with a date: a column of 0 before and 1 from then on, from the command line to the panel."""

import pytest
from pydantic import ValidationError

from schemas.errors import StudyError
from schemas.features import Intervention
from tasks.ingest import ingest
from tasks.settings import load_params
from tasks.setup import create_study
from tests.tasks.making import ingested

DIARY = {"diary.csv": "date,y,z\n" + "".join(f"2024-03-{day:02d},{day % 3},{day}\n" for day in range(1, 7))}
UNDATED = {"rows.csv": "y,z\n" + "".join(f"{k % 3},{k * k}\n" for k in range(6))}


def declared(start, name="campaign"):
    return {"interventions": {name: {"start": start}}}


@pytest.mark.parametrize("start", ["2024-03-04", "2024-03-03T12:00", 3])
def test_steps_from_the_beginning_on_are_one(tmp_path, start):
    made = ingested(tmp_path, DIARY, ingest=declared(start))
    assert made.values("campaign") == [0, 0, 0, 1, 1, 1]
    assert made.finding("exposure").counts == {"before": 3, "after": 3}
    (book,) = [variable for variable in made.audit.variables if variable.name == "campaign"]
    assert book.aggregate == "intervention"


def test_a_record_without_dates_takes_the_number_of_a_step(tmp_path):
    assert ingested(tmp_path, UNDATED, ingest=declared(4)).values("campaign") == [0, 0, 0, 0, 1, 1]


@pytest.mark.parametrize(
    ("files", "ingest_rules", "words"),
    [
        (DIARY, declared("2024-03-01"), "no step before"),
        (DIARY, declared("2024-04-01"), "no step from"),
        (DIARY, declared(6), "no step from"),
        (DIARY, declared("2024-03-04", "y"), "has already"),
        (UNDATED, declared("2024-03-04"), "counted from 0"),
    ],
)
def test_a_beginning_that_the_record_cannot_have_is_refused(tmp_path, files, ingest_rules, words):
    with pytest.raises(StudyError, match=words):
        ingested(tmp_path, files, ingest=ingest_rules)


@pytest.mark.parametrize("start", ["soon", "2024-13-01", "2024-03-04T00:00+01:00", -1])
def test_a_beginning_that_is_no_local_date_and_no_step_is_refused(start):
    with pytest.raises(ValidationError):
        Intervention.model_validate({"start": start})


def raw(tmp_path):
    path = tmp_path / "diary.csv"
    path.write_text(DIARY["diary.csv"])
    return [path]


def test_init_writes_down_all_that_follows_from_a_single_beginning(tmp_path):
    told = create_study(tmp_path / "s", raw(tmp_path), None, None, "y", "2024-03-04")
    params = load_params(tmp_path / "s")
    assert (params.study.treatment, params.study.outcome) == ("intervention", "y")
    assert params.estimate.thresholds.min_switches == 1
    assert {(rule.source, rule.target) for rule in params.configure.forbid} == {
        ("y", "intervention"),
        ("intervention", "intervention"),
    }
    assert any("whatever else began" in sentence for sentence in told)
    ingest(tmp_path / "s", params, lambda _: None)


def test_init_names_the_intervention_by_the_treatment(tmp_path):
    create_study(tmp_path / "s", raw(tmp_path), None, "campaign", "y", "3")
    params = load_params(tmp_path / "s")
    assert params.study.treatment == "campaign"
    assert params.ingest.interventions["campaign"].start == 3


@pytest.mark.parametrize(
    ("outcome", "when", "words"),
    [(None, "3", "--outcome"), ("y", "soon", "local date"), ("y", "9", "within the record")],
)
def test_init_without_outcome_or_beginning_leaves_nothing_behind(tmp_path, outcome, when, words):
    files = raw(tmp_path)
    with pytest.raises(StudyError, match=words):
        create_study(tmp_path / "s", files, None, None, outcome, when)
    assert not (tmp_path / "s").exists()
