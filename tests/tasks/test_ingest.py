"""Laws of the stage, and real records that no one here wrote."""

import math

import numpy as np
import polars as pl
import pytest

from schemas.errors import StudyError
from schemas.params import StudyParams
from tasks.ingest import ingest
from tests.tasks.making import ingested, write_raw

NIPLAV = ("substances.csv", "mental.csv", "mood.csv", "meditations.csv")
PILL = {"caffeine": {"active": "caffeine", "comparator": "sugar", "absent": "null"}}
ZURICH = {"treatment": "caffeine", "timezone": "Europe/Zurich"}


def niplav(shared_data):
    return {name: shared_data / "niplav_caffeine_rct" / name for name in NIPLAV}


def contrast(panel, exposure, outcome):
    """Means of both groups and the standard error of their difference."""
    pairs = panel.select(exposure, outcome).drop_nulls()
    one, zero = (pairs.filter(pl.col(exposure) == side)[outcome].to_numpy() for side in (1, 0))
    return one.mean(), zero.mean(), math.sqrt(one.var(ddof=1) / len(one) + zero.var(ddof=1) / len(zero)), len(pairs)


def test_caffeine_trial_has_fifty_pill_days_and_null_on_all_others(tmp_path, shared_data):
    made = ingested(tmp_path, niplav(shared_data), study=ZURICH, ingest={"exposures": PILL})
    assert made.panel["caffeine"].value_counts().sort("caffeine").rows() == [(None, 57), (0.0, 25), (1.0, 25)]
    assert made.finding("exposure").counts == {"active": 25, "comparator": 25, "neither": 57, "both": 0}
    assert made.panel.height == 107
    assert "sugar" not in made.panel.columns


def test_caffeine_trial_joins_scores_on_the_same_local_date(tmp_path, shared_data):
    made = ingested(tmp_path, niplav(shared_data), study=ZURICH, ingest={"exposures": PILL})
    one, zero, se, n = contrast(made.panel, "caffeine", "productivity")
    assert (round(one, 4), round(zero, 4), n) == (0.3664, 0.1675, 46)
    assert se == pytest.approx(0.078, abs=5e-4)


def test_absorption_is_the_first_sitting_after_the_pill(tmp_path, shared_data):
    rules = {"exposures": PILL, "variables": {"concentration_rating": {"after": "caffeine"}}}
    made = ingested(tmp_path, niplav(shared_data), study=ZURICH, ingest=rules)
    one, zero, se, n = contrast(made.panel, "caffeine", "concentration_rating")
    assert (round(one, 2), round(zero, 2), n) == (1.36, 1.06, 50)
    assert se == pytest.approx(0.115, abs=1e-3)
    book = next(v for v in made.audit.variables if v.name == "concentration_rating")
    assert (book.aggregate, book.steps_observed, book.readings, book.readings_outside_window) == ("first", 50, 68, 17)


def test_the_authors_forward_join_is_a_named_variant(tmp_path, shared_data):
    forward = {"after": "caffeine", "join": "next_within", "within_hours": 48}
    rules = {"exposures": PILL, "variables": {"productivity": forward}}
    made = ingested(tmp_path, niplav(shared_data), study=ZURICH, ingest=rules)
    one, zero, se, n = contrast(made.panel, "caffeine", "productivity")
    assert (round(one, 3), round(zero, 3), n) == (0.337, 0.167, 50)
    assert one - zero == pytest.approx(0.170, abs=1e-3)
    assert se == pytest.approx(0.072, abs=5e-4)
    (told,) = [f for f in made.findings("not_joined") if f.where == "productivity"]
    assert told.counts == {"joined": 50, "from_later_step": 4, "without": 0}
    assert told.severity == "warning"


def test_caffeine_trial_without_a_rule_for_absent_pills_is_refused(tmp_path, shared_data):
    with pytest.raises(StudyError, match="neither caffeine nor sugar") as caught:
        ingested(tmp_path, niplav(shared_data), study=ZURICH)
    assert "absent: 'null'" in caught.value.fix


def test_caffeine_trial_without_a_zone_warns_of_mixed_offsets(tmp_path, shared_data):
    made = ingested(tmp_path, niplav(shared_data), study={"treatment": "caffeine"}, ingest={"exposures": PILL})
    told = made.finding("mixed_zones")
    assert told.severity == "warning"
    assert told.counts == {"naive": 244, "with_offset": 196}
    assert "study.timezone" in told.sentence


def test_melatonin_study_day_disagrees_with_the_date(tmp_path, shared_data):
    file = shared_data / "melatonin_mood_nof1" / "miura_ema_70day.csv"
    made = ingested(tmp_path, {"ema.csv": file}, study={"treatment": "melatonin"})
    told = made.finding("index_disagrees")
    assert told.severity == "warning"
    assert told.counts == {"times": 1, "column": "study_day", "first_date": "2026-04-03", "first_line": 129}
    assert made.panel.height == 71
    assert made.audit.files[0].rows == 195
    one, zero, _, n = contrast(made.panel, "melatonin", "mood")
    assert (round(one, 2), round(zero, 2), n) == (77.70, 76.67, 71)


def test_melatonin_daily_file_leaves_the_skipped_date_empty(tmp_path, shared_data):
    file = shared_data / "melatonin_mood_nof1" / "miura_ema_70day_daily.csv"
    made = ingested(tmp_path, {"daily.csv": file}, study={"treatment": "melatonin"})
    assert made.panel.height == 71
    (empty,) = [finding for finding in made.findings("gap") if finding.where == "record"]
    assert empty.counts == {"steps": 1, "first": "2026-04-03"}
    one, zero, _, n = contrast(made.panel, "melatonin", "mood")
    assert (round(one, 2), round(zero, 2), n) == (77.59, 76.67, 70)
    assert made.finding("index_disagrees").counts["times"] == 1


def test_simulated_breakfasts_arrive_unchanged(tmp_path, shared_data):
    file = shared_data / "simglucose_rct" / "daily_observed_rct.csv"
    made = ingested(tmp_path, {"daily.csv": file})
    raw = pl.read_csv(file)
    assert made.panel.height == 60
    for name in raw.columns[1:]:
        np.testing.assert_array_equal(made.panel[name].to_numpy(), raw[name].cast(pl.Float64).to_numpy())
    one, zero, se, _ = contrast(made.panel, "low_carb_breakfast", "mean_cgm")
    assert (round(one - zero, 2), round(se, 2)) == (3.65, 1.42)


def test_rows_without_time_are_steps_in_file_order(tmp_path, shared_data):
    made = ingested(tmp_path, {"laughter.csv": shared_data / "nof1_laughter" / "laughter.csv"})
    assert made.audit.step == "row"
    assert made.panel["start"].null_count() == made.panel.height == 18
    assert made.finding("no_time").counts == {"rows": 18}
    assert made.finding("levels").counts["zero"] == "Usual Routine"
    one, zero, _, _ = contrast(made.panel, "Treat", "Y")
    assert (round(one, 2), round(zero, 2)) == (6.22, 6.78)


def test_yearly_records_have_one_row_per_year(tmp_path, shared_data):
    made = ingested(tmp_path, {"Nile.csv": shared_data / "classic_interventions" / "Nile.csv"})
    assert made.audit.step == "row"
    assert made.panel.columns == ["step", "start", "value"]
    assert made.panel.height == 100
    assert made.panel["start"].dt.year().to_list() == list(range(1871, 1971))


def test_two_digit_years_and_a_clock_in_its_own_column(tmp_path, shared_data):
    made = ingested(tmp_path, {"esm.csv": shared_data / "kossakowski_esm" / "symptom_data_esm.csv"})
    assert made.audit.files[0].time_column == "date + beeptime"
    assert (made.audit.first, made.audit.last) == ("2012-08-13T00:00", "2013-04-08T00:00")
    assert made.panel.height == 239
    assert made.panel["mood_down"].count() == 238
    assert made.finding("index_disagrees").counts["column"] == "dayno"


def test_offsets_in_their_own_column_are_used(tmp_path, shared_data):
    file = shared_data / "whoop_aipi510" / "physiological_cycles.csv"
    made = ingested(tmp_path, {"whoop.csv": file})
    assert made.audit.files[0].zones == ("-05:00", "-04:00")
    first = made.observations.filter(pl.col("variable") == "recovery_score", pl.col("source") == "whoop.csv:2")
    assert f"{first['start'][0]:%Y-%m-%d %H:%M:%S}" == "2024-11-21 08:10:47"


def test_another_person_in_the_file_is_refused(tmp_path, shared_data):
    with pytest.raises(StudyError, match="record of one person"):
        ingested(tmp_path, {"cgm.csv": shared_data / "cgm_iglu" / "example_data_5_subject.csv"})


def test_the_same_input_gives_the_same_bytes(tmp_path):
    files = {"a.csv": "date,x,y\n" + "".join(f"2024-01-{d:02d},{d / 7},{d % 2}\n" for d in range(1, 29))}
    names = ("observations.parquet", "panel.parquet", "audit.json")
    written = []
    for place in ("here", "there"):
        root = ingested(tmp_path / place, files).root
        written.append([(root / "data" / name).read_bytes() for name in names])
    assert written[0] == written[1]


def test_a_refusal_leaves_earlier_results_as_they_were(tmp_path):
    root = ingested(tmp_path, {"a.csv": "date,x\n2024-01-01,1\n2024-01-02,2\n"}).root
    before = {path.name: path.read_bytes() for path in (root / "data").glob("*.*")}
    write_raw(root, {"a.csv": "date,x\n2024-01-01,1\n02.01.2024,2\n"})
    with pytest.raises(StudyError, match="one format of dates"):
        ingest(root, StudyParams(), lambda _: None)
    assert {path.name: path.read_bytes() for path in (root / "data").glob("*.*")} == before
    assert not list((root / ".causal-ssm" / "tmp").iterdir())


def test_utc_readings_beside_dates_without_a_zone_are_told(tmp_path):
    heart = "Timestamp (UTC),heart rate\n" + "".join(f"2025-05-0{d}T12:00:00Z,6{d}\n" for d in range(1, 6))
    diary = "date,alcohol\n" + "".join(f"2025-05-0{d},{d % 2}\n" for d in range(1, 6))
    told = ingested(tmp_path / "a", {"heart.csv": heart, "diary.csv": diary}).finding("mixed_zones")
    assert told.severity == "warning"
    assert told.counts == {"utc": 5, "dates": 5}
    zone = {"timezone": "America/Los_Angeles"}
    assert not ingested(tmp_path / "b", {"heart.csv": heart, "diary.csv": diary}, study=zone).findings("mixed_zones")


def test_a_row_of_a_night_lies_on_the_day_that_its_date_says(tmp_path):
    rows = "".join(
        f"2025-04-0{d},{d},2025-04-0{d - (d % 2)}T{'23:55' if d % 2 else '00:20'}:00,2025-04-0{d}T07:00:00\n"
        for d in range(2, 9)
    )
    made = ingested(tmp_path, {"n.csv": f"date,slept,Bedtime Start,Bedtime End\n{rows}"})
    assert made.values("slept") == [2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]
    assert not made.findings("multiple_per_step")


@pytest.mark.parametrize(("nights", "is_night"), [("wake", True), ("asleep", False)])
def test_a_vendors_nights_are_marked_where_they_belong_to_the_day_of_waking(tmp_path, nights, is_night):
    rows = "".join(f"2025-04-0{d},8{d},2700{d},4{d},900{d}\n" for d in range(1, 8))
    table = f"date,Sleep Score,Total Sleep Duration,Average HRV,Steps\n{rows}"
    books = {b.name: b.night for b in ingested(tmp_path, {"o.csv": table}, ingest={"nights": nights}).audit.variables}
    assert books == {"sleep_score": is_night, "sleep_minutes": is_night, "hrv_rmssd": is_night, "steps": False}
