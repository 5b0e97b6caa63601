"""The next experiment of a study, on draws made by hand."""

import numpy as np
import pytest

from flows.commands.design import Designed
from schemas.errors import StudyError
from ssm_core.designs.assignment import Design, assignments, contradicted
from tasks.answering.next_step import percent
from tasks.modelling.protocol import frozen, protocol_bytes, read_protocol
from tasks.trial import meaning, trial_of
from tests.tasks.answering.test_estimate import answered
from tests.tasks.modelling.making import params


def test_a_schedule_follows_the_record_and_holds_both_sides_equally_often(tmp_path):
    answered(tmp_path, params(), 0.3, sd=0.3)
    trial = trial_of(tmp_path, params(), 28, 1, seed=3)
    planned = trial.schedule["coffee_planned"].to_list()
    assert sorted(set(planned)) == [0.0, 1.0]
    assert sum(planned) == 14
    dates = trial.schedule["date"]
    assert np.all(np.diff(dates.to_numpy()) == np.timedelta64(1, "D"))
    assert trial.schedule.equals(trial_of(tmp_path, params(), 28, 1, seed=3).schedule)
    assert not trial.schedule.equals(trial_of(tmp_path, params(), 28, 1, seed=4).schedule)


def test_without_a_length_it_is_the_shortest_that_probably_settles_the_question(tmp_path):
    answered(tmp_path, params(), 0.6, sd=0.3)
    trial = trial_of(tmp_path, params(), None, None, seed=1)
    assert trial.chosen is not None
    assert trial.schedule.height >= trial.chosen.steps
    shorter = [p for p in trial.prospects if p.steps < trial.chosen.steps]
    assert all(p.settled < 0.8 for p in shorter)


@pytest.mark.parametrize(
    ("probability", "said"), [(1.0, "over 99"), (0.991, "over 99"), (0.99, "99"), (0.004, "under 1")]
)
def test_a_promise_is_never_certain(probability, said):
    assert percent(probability) == said


def test_a_schedule_in_periods_says_how_its_pairs_were_made(tmp_path):
    answered(tmp_path, params(), 0.3, sd=0.3)
    trial = trial_of(tmp_path, params(), 36, 3, seed=3)
    said = Designed(trial, tmp_path / "schedule.csv").lines[-1]
    assert said == "  study.design: {kind: blocks, block: 2, period: 3}"
    planned = trial.schedule["coffee_planned"].to_numpy()
    assert contradicted(planned, Design("blocks", 2, 3)) is None
    assert len(assignments(planned, Design("blocks", 2, 3), np.random.default_rng(1), 10).exposures) == 2**6


def test_an_impossible_length_is_refused(tmp_path):
    with pytest.raises(StudyError, match="--steps"):
        trial_of(tmp_path, params(), 0, None, seed=1)


def test_the_values_of_a_named_exposure_are_told_apart(tmp_path):
    answered(tmp_path, params(), 0.3, sd=0.3)
    protocol = read_protocol(tmp_path / "model/protocol.yaml")
    assert meaning(protocol) == ""
    assert meaning(protocol.model_copy(update={"contrast": "yes versus no"})) == " (0 is no, 1 is yes)"
    assert meaning(protocol.model_copy(update={"contrast": "1 versus 0 mg"})) == ""
    assert meaning(protocol.model_copy(update={"contrast": "one mg more"})) == ""


def test_a_schedule_holds_the_texts_of_a_column_of_texts(tmp_path):
    answered(tmp_path, params(), 0.3, sd=0.3)
    path = tmp_path / "model/protocol.yaml"
    named = frozen(read_protocol(path).model_copy(update={"contrast": "yes versus no", "sha256": ""}))
    path.write_bytes(protocol_bytes(named))
    planned = trial_of(tmp_path, params(), 28, 1, seed=3).schedule["coffee_planned"]
    assert sorted(planned.unique()) == ["no", "yes"]
    assert planned.to_list().count("yes") == 14


def test_a_study_that_was_never_run_is_told_so(tmp_path):
    with pytest.raises(StudyError, match="a study that has been run"):
        trial_of(tmp_path, params(), None, None, seed=1)
