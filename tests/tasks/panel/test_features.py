"""Derived variables: each of the closed vocabulary, and what it refuses."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.errors import StudyError
from schemas.params import StudyParams
from tasks.panel.features import _load, _since
from tests.tasks.making import ingested
from tests.tasks.sources import vendor_samples as v

LOG = "time,substance,amount\n" + "".join(
    f"2024-03-{day:02d} {clock},coffee,{mg}mg\n"
    for day, clock, mg in [(1, "08:00", 100), (1, "16:00", 50), (1, "22:30", 20), (2, "09:00", 80), (4, "15:00", 60)]
)
DIARY = "date,x,note\n" + "".join(
    f"2024-03-{day:02d},{x},{note}\n"
    for day, x, note in [(1, 1, "red Wine"), (2, 0, "tea"), (3, 2, ""), (4, 0, "wine and cheese"), (5, 0, "rest")]
)


def feature(tmp_path, rule, files=None):
    files = files or {"log.csv": LOG, "diary.csv": DIARY}
    made = ingested(tmp_path, files, ingest={"features": {"f": rule}})
    (told,) = [finding for finding in made.findings("feature") if finding.where == "f"]
    assert told.counts["steps"] == made.panel["f"].count()
    (book,) = [variable for variable in made.audit.variables if variable.name == "f"]
    assert book.aggregate == rule["kind"]
    return made.values("f")


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        ({"kind": "window", "of": "coffee", "by": "sum", "between": ["14:00", "23:00"]}, [70, None, None, 60, None]),
        (
            {"kind": "window", "of": "coffee", "by": "count", "between": ["14:00", "23:00"], "absent": "zero"},
            [2, 0, 0, 1, 0],
        ),
        ({"kind": "rolling", "of": "x", "by": "sum", "steps": 2}, [None, 1, 2, 2, 0]),
        ({"kind": "rolling", "of": "x", "by": "mean", "steps": 3}, [None, 0.5, 1, 2 / 3, 2 / 3]),
        ({"kind": "since", "of": "x"}, [0, 1, 0, 1, 2]),
        ({"kind": "count", "of": "coffee", "absent": "zero"}, [3, 1, 0, 1, 0]),
        ({"kind": "count", "of": "coffee"}, [3, 1, None, 1, None]),
        ({"kind": "tag", "of": "note", "contains": "wine"}, [1, 0, None, 1, 0]),
        ({"kind": "tag", "of": "note", "contains": "WINE", "absent": "zero"}, [1, 0, 0, 1, 0]),
        ({"kind": "coverage", "of": "coffee"}, [3, 1, 0, 1, None]),
        ({"kind": "load", "of": "x", "half_life": 1}, [1, 0.5, 2.25, 1.125, 0.5625]),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else None,
)
def test_every_word_of_the_vocabulary(tmp_path, rule, values):
    assert feature(tmp_path, rule) == [pytest.approx(value) for value in values]


def test_what_is_taken_before_sleep_stands_on_the_day_of_the_evening(tmp_path):
    log = "time,substance,amount\n2024-03-01 08:00,tea,1\n2024-03-01 20:00,tea,2\n2024-03-01 23:00,tea,4\n"
    files = {"log.csv": log, "sleep-2024-03-01.json": v.FITBIT_SLEEP}
    rule = {"kind": "before_sleep", "of": "tea", "by": "sum", "hours": 4, "absent": "zero"}
    assert feature(tmp_path, rule, files) == [6, 0]


def test_a_feature_may_be_made_of_a_feature_above_it(tmp_path):
    rules = {
        "wine": {"kind": "tag", "of": "note", "contains": "wine", "absent": "zero"},
        "since_wine": {"kind": "since", "of": "wine"},
    }
    made = ingested(tmp_path, {"diary.csv": DIARY}, ingest={"features": rules})
    assert made.values("since_wine") == [0, 1, 2, 0, 1]


def test_a_window_of_a_dense_variable_sees_its_single_readings(tmp_path):
    record = (
        ' <Record type="HKQuantityTypeIdentifierHeartRate" sourceName="W" unit="count/min" '
        'startDate="2024-03-01 {0} +0100" endDate="2024-03-01 {0} +0100" value="{1}"/>\n'
    )
    rows = "".join(record.format(f"{hour:02d}:00:00", 50 + hour) for hour in range(24))
    files = {"export.xml": f'<HealthData locale="x">\n{rows}</HealthData>'}
    rule = {"kind": "window", "of": "heart_rate", "by": "mean", "between": ["00:00", "04:00"]}
    assert feature(tmp_path, rule, files) == [51.5]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"kind": "since", "of": "y"}, "one of the variables"),
        ({"kind": "count", "of": "coffe"}, "did you mean coffee"),
        ({"kind": "tag", "of": "coffee", "contains": "a"}, "texts in 'coffee'"),
        ({"kind": "before_sleep", "of": "coffee", "by": "sum", "hours": 3}, "nights with a known beginning"),
    ],
)
def test_what_is_not_there_is_refused(tmp_path, rule, message):
    with pytest.raises(StudyError, match=message) as caught:
        feature(tmp_path, rule)
    assert "ingest.features.f" in caught.value.where


def test_a_feature_needs_a_name_of_its_own(tmp_path):
    with pytest.raises(StudyError, match="a new name"):
        ingested(tmp_path, {"d.csv": DIARY}, ingest={"features": {"x": {"kind": "since", "of": "x"}}})


def test_the_vocabulary_is_closed():
    with pytest.raises(ValidationError, match="union_tag_invalid"):
        StudyParams.model_validate({"ingest": {"features": {"f": {"kind": "python", "of": "x"}}}})


series = st.lists(st.one_of(st.none(), st.floats(0, 100)), min_size=1, max_size=40)


@given(series, st.floats(0.3, 5))
def test_a_load_never_guesses_what_a_missing_step_added(values, half_life):
    loads = _load(pl.Series(values, dtype=pl.Float64), half_life).to_list()
    keep = 0.5 ** (1 / half_life)
    for t, load in enumerate(loads):
        weights = [keep ** (t - s) for s, value in enumerate(values[: t + 1]) if value is None]
        if load is not None:
            assert max(weights, default=0) <= 0.01
            total = sum(keep ** (t - s) * (value or 0) for s, value in enumerate(values[: t + 1]))
            assert load == pytest.approx(total)


@given(series)
def test_time_since_is_a_count_of_known_steps(values):
    made = _since(pl.Series(values, dtype=pl.Float64)).to_list()
    for t, since in enumerate(made):
        if since is not None:
            assert values[t - int(since)] > 0
            assert all(value == 0 for value in values[t - int(since) + 1 : t + 1])
