"""Names found in questions."""

import pytest

from tasks.setup import resolve_question

DIARY = [
    "mood", "melatonin", "sleep_quality", "sleep_minutes", "caffeine", "sugar", "productivity", "happy",
    "stress_level", "exercise", "screen time", "low_carb_breakfast", "glucose", "mean_cgm", "restingHeartRate",
]  # fmt: skip


@pytest.mark.parametrize(
    ("question", "pair"),
    [
        ("did 200 mg caffeine raise productivity that day?", ("caffeine", "productivity")),
        ("Does a low-carb breakfast change my mean glucose?", ("low_carb_breakfast", "glucose")),
        ("is my mood affected by melatonin", ("melatonin", "mood")),
        ("Is my mood better after taking melatonin?", ("melatonin", "mood")),
        ("Am I happier when I exercise?", ("exercise", "happy")),
        ("does my productivity depend on caffeine", ("caffeine", "productivity")),
        ("What is the effect of stress on my moods?", ("stress_level", "mood")),
        ("what is the effect on mood of melatonin", ("melatonin", "mood")),
        ("Does caffeine make me more productive?", ("caffeine", "productivity")),
        ("does screen time lower sleep quality", ("screen time", "sleep_quality")),
        ("Does caffeine instead of sugar raise productivity?", ("caffeine", "productivity")),
        ("Does exercise lower my resting heart rate?", ("exercise", "restingHeartRate")),
        ("does low_carb_breakfast change mean_cgm", ("low_carb_breakfast", "mean_cgm")),
        ("Do I sleep better after exercise?", ("exercise", None)),
        ("what changes my mood?", (None, "mood")),
        ("does caffeine help?", ("caffeine", None)),
        ("how am I?", (None, None)),
        ("caffeine, melatonin, exercise and mood", (None, None)),
        ("", (None, None)),
    ],
)
def test_exposure_and_outcome_of_a_question(question, pair):
    assert resolve_question(question, DIARY) == pair


def test_the_order_of_the_columns_is_no_matter():
    question = "Does exercise improve my sleep quality?"
    assert resolve_question(question, DIARY) == resolve_question(question, DIARY[::-1])


def test_the_plainer_name_wins_over_a_derived_one():
    names = ["mood_daily_mean", "mood", "melatonin"]
    assert resolve_question("does melatonin change mood", names) == ("melatonin", "mood")
    assert resolve_question("does melatonin change the daily mean mood", names) == ("melatonin", "mood_daily_mean")


@pytest.mark.parametrize(
    ("columns", "pair"),
    [
        (["alcohol", "sleep_h"], ("alcohol", "sleep_h")),
        (["alcohol_g", "sleep_min"], ("alcohol_g", "sleep_min")),
        (["alcohol_units", "sleep_hours", "weight_kg"], ("alcohol_units", "sleep_hours")),
        (["alcohol", "sleep", "sleep_h"], ("alcohol", "sleep")),
        (["alcohol", "sleep_h", "sleep_min"], ("alcohol", None)),
        (["alcohol", "sleep_h", "sleep_quality"], ("alcohol", None)),
    ],
)
def test_a_unit_at_the_end_of_a_name_need_not_be_said(columns, pair):
    assert resolve_question("does alcohol lengthen my sleep?", columns) == pair
