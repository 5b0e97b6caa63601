"""Laws of turning readings into the numbers of a step: levels, windows, aggregation, exposures, units."""

import polars as pl
import pytest

from schemas.errors import StudyError
from tests.tasks.making import ingested

LOG = (
    "time,substance,amount\n2024-01-01 08:00,caffeine,200mg\n"
    "2024-01-03 08:00,sugar,2g\n2024-01-05 08:00,caffeine,200mg\n"
)
MOOD = "date,mood\n" + "".join(f"2024-01-0{d},{d}\n" for d in range(1, 8))


@pytest.mark.parametrize(
    ("texts", "zero", "one"),
    [
        (("low-carb", "usual"), "usual", "low-carb"),
        (("Usual Routine", "Laughter"), "Usual Routine", "Laughter"),
        (("yes", "no"), "no", "yes"),
        (("True", "False"), "False", "True"),
        (("Placebo pill", "Active pill"), "Placebo pill", "Active pill"),
        (("beta", "alpha"), "alpha", "beta"),
        (("high", "low"), "low", "high"),
    ],
)
def test_two_texts_become_zero_and_one(tmp_path, texts, zero, one):
    rows = "".join(f"2024-01-0{d},{texts[d % 2]},{d}\n" for d in range(1, 8))
    made = ingested(tmp_path, {"a.csv": "date,x,y\n" + rows})
    assert made.values("x") == [float(texts[d % 2] == one) for d in range(1, 8)]
    counts = made.finding("levels").counts
    assert (counts["zero"], counts["one"]) == (zero, one)
    assert next(v.levels for v in made.audit.variables if v.name == "x") == f"{zero}|{one}"


def test_the_declared_contrast_names_the_reference(tmp_path):
    rows = "date,x\n2024-01-01,usual\n2024-01-02,new\n2024-01-03,new\n"
    study = {"treatment": "x", "contrast": {"exposed": "usual", "reference": "new"}}
    assert ingested(tmp_path, {"a.csv": rows}, study=study).values("x") == [1.0, 0.0, 0.0]
    study["contrast"] = {"exposed": "old", "reference": "new"}
    with pytest.raises(StudyError, match="two levels of x among 'new' and 'usual'"):
        ingested(tmp_path, {"a.csv": rows}, study=study)


def test_a_treatment_with_three_texts_needs_two_of_them_named(tmp_path):
    rows = "date,x,y\n" + "".join(f"2024-01-0{d},{'abc'[d % 3]},{d}\n" for d in range(1, 8))
    with pytest.raises(StudyError, match="3 texts: 'a', 'b', 'c'") as caught:
        ingested(tmp_path, {"a.csv": rows}, study={"treatment": "x"})
    assert "study.contrast" in caught.value.fix
    study = {"treatment": "x", "contrast": {"exposed": "b", "reference": "c"}}
    made = ingested(tmp_path, {"a.csv": rows}, study=study)
    assert made.values("x") == [1.0, 0.0, None, 1.0, 0.0, None, 1.0]
    assert made.finding("levels").counts["readings_other"] == 2


def test_levels_are_the_same_in_every_file(tmp_path):
    files = {
        "a.csv": "date,x,y\n2024-01-01,usual,1\n2024-01-02,usual,1\n",
        "b.csv": "date,x,y\n2024-01-03,new,2\n2024-01-04,new,2\n",
    }
    assert ingested(tmp_path, files).values("x") == [0.0, 0.0, 1.0, 1.0]


def test_a_binary_that_varies_within_a_step_is_reported(tmp_path):
    made = ingested(tmp_path, {"a.csv": "time,x\n2024-01-01 08:00,1\n2024-01-01 20:00,0\n2024-01-02 08:00,0\n"})
    assert made.values("x") == [1.0, 0.0]
    told = made.finding("multiple_per_step")
    assert told.severity == "warning"
    assert told.counts == {"steps": 1, "most": 2, "differing": 1, "aggregate": "any"}


@pytest.mark.parametrize(
    ("how", "value"),
    [
        ("auto", 3.0),
        ("mean", 3.0),
        ("sum", 9.0),
        ("first", 5.0),
        ("last", 3.0),
        ("min", 1.0),
        ("max", 5.0),
        ("count", 3.0),
        ("any", 1.0),
    ],
)
def test_aggregation_is_chosen_per_variable(tmp_path, how, value):
    text = "time,x,y\n2024-01-01 20:00,3,1.5\n2024-01-01 08:00,5,1.5\n2024-01-01 12:00,1,1.5\n2024-01-02 12:00,1,2\n"
    made = ingested(tmp_path, {"a.csv": text}, ingest={"variables": {"x": {"aggregate": how}}})
    assert made.values("x")[0] == value
    assert made.values("y") == [1.5, 2.0]


def test_amounts_of_an_event_log_add_up(tmp_path):
    text = "time,substance,amount\n2024-01-01 08:00,tea,200\n2024-01-01 12:00,tea,0.1\n2024-01-02 08:00,milk,5\n"
    made = ingested(tmp_path, {"a.csv": text})
    assert made.values("tea") == [200.1, None]


def test_units_of_one_variable_are_converted_or_refused(tmp_path):
    text = "time,substance,amount\n2024-01-01 08:00,a,200mg\n2024-01-02 08:00,a,0.1g\n2024-01-03 08:00,a,50mg\n"
    made = ingested(tmp_path, {"a.csv": text})
    assert made.values("a") == [200.0, 100.0, 50.0]
    assert made.audit.variables[0].unit == "mg"
    made = ingested(tmp_path, {"a.csv": text}, ingest={"variables": {"a": {"unit": "g"}}})
    assert made.values("a") == pytest.approx([0.2, 0.1, 0.05])
    with pytest.raises(StudyError, match=r"ml \(a\.csv:3\) and mg|mg \(a\.csv:2\) and ml"):
        ingested(tmp_path, {"a.csv": text.replace("0.1g", "1ml")})


def test_windows_keep_the_readings_that_were_asked_for(tmp_path):
    text = "time,x\n2024-01-01 07:00,1\n2024-01-01 13:00,2\n2024-01-01 23:30,3\n2024-01-02 13:00,99\n"
    made = ingested(tmp_path, {"a.csv": text}, ingest={"variables": {"x": {"between": ["12:00", "18:00"], "high": 50}}})
    assert made.values("x") == [2.0, None]
    assert made.finding("implausible").counts == {"readings": 1, "first": "a.csv:5"}
    assert made.observations["value"].to_list() == [1.0, 2.0, 3.0, 99.0]
    made = ingested(tmp_path, {"a.csv": text}, ingest={"variables": {"x": {"between": ["22:00", "08:00"]}}})
    assert made.values("x") == [2.0, None]


def test_only_readings_after_the_event_count(tmp_path):
    files = {
        "pill.csv": "time,event\n2024-01-01 09:00,pill\n2024-01-02 09:00,pill\n",
        "x.csv": "time,x\n2024-01-01 08:00,1\n2024-01-01 09:30,2\n2024-01-01 12:00,3\n"
        "2024-01-02 08:00,4\n2024-01-03 10:00,5\n",
    }
    made = ingested(tmp_path, files, ingest={"variables": {"x": {"after": "pill"}}})
    assert made.values("x") == [2.0, None, None]
    forward = {"x": {"after": "pill", "join": "next_within", "within_hours": 30}}
    assert ingested(tmp_path, files, ingest={"variables": forward}).values("x") == [2.0, 5.0, None]
    with pytest.raises(StudyError, match="'pil'") as caught:
        ingested(tmp_path, files, ingest={"variables": {"x": {"after": "pil"}}})
    assert "pill" in caught.value.fix


@pytest.mark.parametrize(
    ("absent", "values"),
    [("null", [1.0, None, 0.0, None, 1.0, None, None]), ("zero", [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0])],
)
def test_absent_is_what_was_declared(tmp_path, absent, values):
    rule = {"caffeine": {"active": "caffeine", "comparator": "sugar", "absent": absent}}
    made = ingested(tmp_path, {"log.csv": LOG, "mood.csv": MOOD}, ingest={"exposures": rule})
    assert made.values("caffeine") == values
    assert made.finding("exposure").counts == {"active": 2, "comparator": 1, "neither": 4, "both": 0}


def test_both_on_one_step_is_null_and_told(tmp_path):
    rule = {"pill": {"active": "caffeine", "comparator": "sugar", "absent": "zero"}}
    log = LOG + "2024-01-05 09:00,sugar,2g\n"
    made = ingested(tmp_path, {"log.csv": log, "mood.csv": MOOD}, ingest={"exposures": rule})
    assert made.values("pill") == [1.0, 0.0, 0.0, 0.0, None, 0.0, 0.0]
    warned = [f for f in made.findings("exposure") if f.severity == "warning"]
    assert [f.counts for f in warned] == [{"both": 1}]
    assert made.panel.columns == ["step", "start", "pill", "mood"]


def test_a_comparator_has_no_default(tmp_path):
    with pytest.raises(StudyError) as caught:
        ingested(tmp_path, {"log.csv": LOG, "mood.csv": MOOD}, study={"treatment": "caffeine"})
    assert caught.value.where == "params.yaml at ingest.exposures"


def test_without_a_comparator_absent_is_zero_within_the_log(tmp_path):
    log = "time,event\n2024-01-02 08:00,run\n2024-01-05 08:00,run\n"
    made = ingested(tmp_path, {"log.csv": log, "mood.csv": MOOD}, study={"treatment": "run"})
    assert made.values("run") == [None, 1.0, 0.0, 0.0, 1.0, None, None]
    assert made.finding("exposure").counts == {"active": 2, "comparator": 0, "neither": 2, "both": 0}


def test_one_variable_in_two_files_must_not_contradict_itself(tmp_path):
    files = {"a.csv": MOOD, "b.csv": "date,mood\n2024-01-08,3\n2024-01-09,4\n"}
    assert len(ingested(tmp_path, files).values("mood")) == 9
    files["b.csv"] = "date,mood\n2024-01-07,3\n2024-01-09,4\n"
    with pytest.raises(StudyError, match="2024-01-07"):
        ingested(tmp_path, files)
    sources = [{"path": "b.csv", "ignore": ["mood"]}]
    with pytest.raises(StudyError, match="at least one column of values"):
        ingested(tmp_path, files, ingest={"sources": sources})


def test_a_date_with_two_values_in_a_daily_record_is_refused(tmp_path):
    with pytest.raises(StudyError, match="one value of mood on 2024-01-03") as caught:
        ingested(tmp_path, {"a.csv": MOOD + "2024-01-03,9\n"})
    assert "ingest.variables.mood.aggregate" in caught.value.fix
    rules = {"variables": {"mood": {"aggregate": "mean"}}}
    made = ingested(tmp_path, {"a.csv": MOOD + "2024-01-03,9\n"}, ingest=rules)
    assert made.values("mood")[2] == 6.0
    assert made.finding("duplicates").severity == "warning"


def test_two_values_of_one_moment_are_both_used_and_told(tmp_path):
    made = ingested(tmp_path, {"a.csv": "time,x\n2024-01-01 08:00,1.5\n2024-01-01 08:00,2.5\n2024-01-02 08:00,2\n"})
    assert made.values("x") == [2.0, 2.0]
    told = made.finding("duplicates")
    assert told.severity == "warning"
    assert told.counts == {"times": 1, "readings": 2, "first": "a.csv:2"}


@pytest.mark.parametrize(
    ("files", "params", "message"),
    [
        ({}, {}, "an empty folder"),
        ({"README.md": "hello"}, {}, "at least one table"),
        ({"a.csv": MOOD}, {"ingest": {"sources": [{"path": "b.csv"}]}}, "the file b.csv"),
        ({"a.csv": MOOD}, {"ingest": {"sources": [{"path": "a.csv", "adapter": "xml"}]}}, "one of the adapters"),
        ({"a.csv": MOOD}, {"ingest": {"variables": {"moood": {"low": 1}}}}, "did you mean mood"),
        ({"a.csv": MOOD}, {"ingest": {"exposures": {"x": {"active": "tea", "absent": "zero"}}}}, "'tea'"),
        ({"a.csv": "x,y\n1,2\n2,3\n"}, {"ingest": {"step": "1d"}}, "a time column"),
        ({"a.csv": "date,x\n2024-01-01,a\n2024-01-02,b\n2024-01-03,c\n"}, {}, "numbers or of two texts"),
    ],
)
def test_unusable_requests_say_what_and_where(tmp_path, files, params, message):
    with pytest.raises(StudyError) as caught:
        ingested(tmp_path, files, **params)
    assert message in str(caught.value)


def test_other_files_are_left_out_and_told(tmp_path):
    made = ingested(tmp_path, {"a.csv": MOOD, "SOURCE.md": "text"})
    assert made.finding("unreadable").where == "SOURCE.md"
    assert [file.path for file in made.audit.files] == ["a.csv"]


def test_ignored_texts_stay_in_the_observations(tmp_path):
    made = ingested(tmp_path, {"a.csv": "date,x,note\n2024-01-01,1,a\n2024-01-02,2,b\n2024-01-03,2,c\n"})
    assert made.finding("ignored_column").counts == {"readings": 3, "texts": 3}
    assert made.observations.filter(pl.col("variable") == "note")["text"].to_list() == ["a", "b", "c"]
