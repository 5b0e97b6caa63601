"""A wrong value in `params.yaml` is told as what was expected, what came, and where."""

import pytest

from schemas.errors import StudyError
from tasks.settings import load_params


@pytest.mark.parametrize(
    ("text", "expected", "got", "where"),
    [
        ("study: {randomised: maybe}", "true or false", "'maybe'", "study.randomised"),
        ("study: {randomised: [1]}", "true or false", "a list [1]", "study.randomised"),
        ("study: {randomised: null}", "true or false", "nothing", "study.randomised"),
        ("study: {lag: soon}", "a whole number", "'soon'", "study.lag"),
        ("study: {lag: 1.5}", "a whole number", "1.5", "study.lag"),
        ("study: {lag: 40}", "a number of at most 31", "40", "study.lag"),
        ("study: {name: 3}", "a text", "3", "study.name"),
        (
            "study: {contrast: {exposed: [1], reference: 0}}",
            "a number or a text",
            "a list [1]",
            "study.contrast.exposed",
        ),
        ("infer: {rhat: low}", "a number", "'low'", "infer.rhat"),
        ("infer: {rhat: 0.5}", "a number above 1", "0.5", "infer.rhat"),
        ("infer: {rhat: .inf}", "a finite number", "inf", "infer.rhat"),
        ("infer: {sampler: slow}", "one of 'fast' or 'nuts'", "'slow'", "infer.sampler"),
        ("ingest: {sources: diary.csv}", "a list", "'diary.csv'", "ingest.sources"),
        ("ingest: {variables: {x: {between: ['06:00']}}}", "a list of at least 2", "a list", "ingest.variables.x"),
        ("ingest: {day_starts_at: '25:00'}", "a clock time such as '06:30'", "'25:00'", "ingest.day_starts_at"),
        (
            "ingest: {interventions: {x: {start: soon}}}",
            "a local date such as",
            "'soon'",
            "ingest.interventions.x.start",
        ),
        ("infer: {update: reweight, sampler: nuts}", "values that go together", "a section", "infer"),
        ("ingest: {features: {x: {kind: odd}}}", "one of 'window'", "a section", "ingest.features.x"),
        ("study: 3", "a section of `key: value` lines", "3", "study"),
        ("3", "a section of `key: value` lines", "3", "the top"),
    ],
)
def test_a_wrong_value_is_told_in_words(tmp_path, text, expected, got, where):
    (tmp_path / "params.yaml").write_text(text)
    with pytest.raises(StudyError) as caught:
        load_params(tmp_path)
    assert caught.value.expected.startswith(expected)
    assert caught.value.got.startswith(got)
    assert f"params.yaml at {where}" in caught.value.where
    assert "valid" not in caught.value.expected
    assert "nput should" not in caught.value.expected
