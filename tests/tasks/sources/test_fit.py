"""FIT files: counters become steps, times are made whole, nights are nights, damage is one clear refusal."""

from datetime import datetime

import fitdecode
import polars as pl
import pytest

from schemas.errors import StudyError
from schemas.params import Source
from tasks.sources.fit import Fit
from tests.tasks.making import ingested
from tests.tasks.sources.fitfile import MONITORING, SLEEP, file_id, fit, info, pulse, steps, weight


def read(tmp_path, content, **source):
    path = tmp_path / "a.fit"
    path.write_bytes(content)
    return Fit().read(path, Source(path="a.fit", **source)).frame


def by_day(frame, name):
    mine = frame.filter(pl.col("variable") == name)
    return dict(mine.group_by(pl.col("local").dt.date().cast(pl.String)).agg(pl.col("value").sum()).iter_rows())


def test_a_days_steps_are_the_last_values_of_its_counters(tmp_path):
    assert by_day(read(tmp_path, MONITORING), "steps") == {"2024-03-01": 1250, "2024-03-02": 1300}


def test_files_of_one_day_add_nothing_twice(tmp_path):
    utc = datetime(2024, 3, 1, 17)
    later = fit([
        file_id(32), info(utc, datetime(2024, 3, 1, 12)), steps(utc, 6, 1000),
        steps(datetime(2024, 3, 1, 18), 6, 1500), steps(datetime(2024, 3, 2, 18), 6, 70),
    ])  # fmt: skip
    assert by_day(read(tmp_path, later), "steps") == {"2024-03-01": 500, "2024-03-02": 70}


def test_short_times_are_counted_on_across_their_overflow(tmp_path):
    start = datetime(2024, 3, 1)
    moments = [datetime(2024, 3, 1, hour) for hour in (10, 20)] + [datetime(2024, 3, 2, 6)]
    frame = read(tmp_path, fit([file_id(32), info(start, start), *(pulse(moment, 60) for moment in moments)]))
    assert frame["local"].to_list() == moments


def test_a_night_has_its_stages_and_its_clock(tmp_path):
    frame = read(tmp_path, SLEEP)
    minutes = dict(frame.select("variable", "value").iter_rows())
    named = ("sleep_minutes", "sleep_light_minutes", "sleep_deep_minutes", "sleep_rem_minutes", "sleep_awake_minutes")
    assert [minutes[name] for name in named] == [225, 120, 60, 45, 20]
    assert (minutes["sleep_onset_hour"], minutes["wake_hour"]) == (-1, 3)


def test_a_scale_of_two_people_asks_whose_study_it_is(tmp_path):
    content = fit([file_id(9), weight(datetime(2024, 3, 1), 75.8, 0), weight(datetime(2024, 3, 2), 58.2, 1)])
    with pytest.raises(StudyError, match="2 people"):
        read(tmp_path, content)
    assert read(tmp_path, content, subject="1")["value"].to_list() == [58.2]


@pytest.mark.parametrize("cut", [12, 13, 20, 60, len(MONITORING) - 2, len(MONITORING) - 1])
def test_a_file_that_is_cut_off_is_refused(tmp_path, cut):
    with pytest.raises(StudyError, match="whole FIT file"):
        read(tmp_path, MONITORING[:cut])


def test_a_file_with_one_wrong_byte_is_refused(tmp_path):
    for at in range(14, len(MONITORING), 7):
        with pytest.raises(StudyError):
            read(tmp_path, MONITORING[:at] + bytes([MONITORING[at] ^ 0x55]) + MONITORING[at + 1 :])


def test_a_real_days_of_a_band(tmp_path, shared_data):
    file = shared_data / "garmin_fit_fitparse" / "MonitoringFile.fit"
    made = ingested(tmp_path, {"MonitoringFile.fit": file})
    assert made.audit.files[0].adapter == "fit"
    last = {}  # the counters as another reading of the same bytes shows them: the highest of the day
    for message in fitdecode.FitReader(file):
        is_data = isinstance(message, fitdecode.FitDataMessage) and message.name == "monitoring"
        if is_data and message.has_field("cycles"):
            activity = message.get_value("activity_type", fallback=None)
            last[activity] = max(last.get(activity, 0), message.get_raw_value("cycles"))
    assert made.panel["steps"].to_list() == [last.get("walking", 0) + last.get("running", 0)]


def test_a_real_scale(tmp_path, shared_data):
    made = ingested(tmp_path, {"w.fit": shared_data / "garmin_fit_fitparse" / "WeightScaleSingleUser.fit"})
    assert made.observations.filter(pl.col("variable") == "weight")["value"].to_list() == [75.8, 76.09]
