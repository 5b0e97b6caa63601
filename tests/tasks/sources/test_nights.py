"""Stages of sleep into nights and naps."""

from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.sources.nights import MINUTES, nights_of

MIDNIGHT = datetime(2024, 3, 2)


def segments(*rows, device="Watch"):
    """Rows of (hour from midnight, minutes, stage) or with a device as the fourth."""
    made = [
        {
            "local": MIDNIGHT + timedelta(hours=hour),
            "local_end": MIDNIGHT + timedelta(hours=hour, minutes=minutes),
            "offset": 60,
            "stage": stage,
            "device": rest[0] if rest else device,
            "line": n + 1,
        }
        for n, (hour, minutes, stage, *rest) in enumerate(rows)
    ]
    return pl.DataFrame(made, schema_overrides={"local": pl.Datetime("us"), "local_end": pl.Datetime("us")})


def values(frame, variable):
    return frame.filter(pl.col("variable") == variable)["value"].to_list()


def test_stages_across_midnight_are_one_night_that_ends_in_the_morning():
    nights = nights_of(segments((-1, 120, "light"), (1, 60, "deep"), (2, 30, "awake"), (2.5, 210, "rem")))
    assert values(nights, "sleep_minutes") == [390]
    assert values(nights, "sleep_deep_minutes") == [60]
    assert values(nights, "sleep_awake_minutes") == [30]
    assert values(nights, "in_bed_minutes") == [420]
    assert values(nights, "sleep_onset_hour") == [-1]
    assert values(nights, "wake_hour") == [6]
    assert nights["local_end"].unique().to_list() == [MIDNIGHT + timedelta(hours=6)]


def test_overlapping_segments_of_one_device_count_once():
    assert values(nights_of(segments((0, 120, "asleep"), (1, 120, "asleep"))), "sleep_minutes") == [180]


def test_the_device_with_stages_speaks_and_no_other_is_added():
    rows = ((0, 360, "asleep", "Phone"), (0.5, 300, "light", "Watch"), (-0.5, 420, "in_bed", "Phone"))
    nights = nights_of(segments(*rows))
    assert values(nights, "sleep_minutes") == [300]
    assert values(nights, "in_bed_minutes") == [420]
    assert set(nights["device"]) == {"Watch"}


def test_a_nap_is_no_night():
    nights = nights_of(segments((0, 420, "asleep"), (14, 40, "asleep")))
    assert values(nights, "sleep_minutes") == [420]
    assert values(nights, "nap_minutes") == [40]


def test_an_only_sleep_by_day_is_a_night():
    nights = nights_of(segments((10, 180, "asleep")))
    assert values(nights, "sleep_minutes") == [180]
    assert values(nights, "nap_minutes") == []


def test_a_split_night_has_two_parts_and_no_nap():
    nights = nights_of(segments((-1, 180, "asleep"), (5, 150, "asleep")))
    assert sorted(values(nights, "sleep_minutes")) == [150, 180]
    assert values(nights, "nap_minutes") == []


def test_a_short_pause_does_not_end_a_sleep():
    assert values(nights_of(segments((0, 60, "asleep"), (2.9, 60, "asleep"))), "sleep_minutes") == [120]
    assert len(values(nights_of(segments((0, 60, "asleep"), (3.1, 60, "asleep"))), "sleep_minutes")) == 2


def test_in_bed_alone_says_nothing_about_sleep():
    nights = nights_of(segments((0, 400, "in_bed")))
    assert values(nights, "sleep_minutes") == []
    assert values(nights, "in_bed_minutes") == [400]


@given(
    st.lists(
        st.tuples(
            st.floats(0, 24 * 6), st.integers(1, 600), st.sampled_from(["light", "deep", "rem", "awake", "asleep"])
        ),
        min_size=1,
        max_size=30,
    )
)
def test_sleep_is_never_longer_than_the_time_covered(rows):
    frame = segments(*rows)
    nights = nights_of(frame)
    asleep = frame.filter(pl.col("stage") != "awake")
    minutes: set[int] = set()
    for start, end in asleep.select("local", "local_end").iter_rows():
        first = int((start - MIDNIGHT).total_seconds() // 60)
        minutes |= set(range(first, first + int((end - start).total_seconds() // 60) + 2))
    total = sum(values(nights, "sleep_minutes")) + sum(values(nights, "nap_minutes"))
    assert total <= len(minutes) + 1e-6
    for name in MINUTES:
        assert all(value >= 0 for value in values(nights, name))
    assert sum(values(nights, "in_bed_minutes")) >= sum(values(nights, "sleep_minutes")) - 1e-6


@pytest.mark.parametrize("shuffle", range(3))
def test_the_order_of_the_segments_changes_nothing(shuffle):
    rows = segments(
        (0, 60, "light"), (1, 60, "deep"), (14, 30, "asleep"), (24, 300, "rem"), (0, 100, "asleep", "Phone")
    )
    assert nights_of(rows.sample(fraction=1, shuffle=True, seed=shuffle)).equals(nights_of(rows))
