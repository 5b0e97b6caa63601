"""The next experiment of a study, on draws made by hand."""

import numpy as np
import pytest

from schemas.errors import StudyError
from tasks.trial import trial_of
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


def test_an_impossible_length_is_refused(tmp_path):
    with pytest.raises(StudyError, match="--steps"):
        trial_of(tmp_path, params(), 0, None, seed=1)
