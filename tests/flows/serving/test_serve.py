"""Laws of `causal-ssm serve`: mistakes are told at once, news of a file is told once, a second run waits."""

import threading
import time

import pytest

from flows.locking import only_run
from flows.serving.deployments import ARRIVED, Watch, deployment, resource_of
from flows.serving.inbox import INBOX
from flows.serving.story import key_of, share_of
from schemas.errors import StudyError
from schemas.params import Infer


def test_neither_schedule_nor_inbox_is_status_2(cli, study):
    answer = cli("serve", study)
    assert answer.exit_code == 2
    assert "add --cron '0 6 * * *'" in answer.stderr


@pytest.mark.parametrize("cron", ["", "daily", "0 6 * *", "61 * * * *", "* 24 * * *", "* * 0 * *", "0 6 * * * *"])
def test_a_schedule_that_is_none_is_status_2(cli, study, cron):
    answer = cli("serve", study, "--cron", cron)
    assert answer.exit_code == 2
    assert "expected a schedule of five fields" in answer.stderr


def test_a_folder_that_is_no_study_is_status_2(cli, tmp_path):
    answer = cli("serve", tmp_path, "--watch")
    assert answer.exit_code == 2
    assert "a study folder with a params.yaml" in answer.stderr


def test_a_deployment_has_the_schedule_and_a_trigger_for_its_own_study_only(study):
    made = deployment(study, "*/5 6-8 * * mon", watch=True)
    assert made.name == "tiny-study"
    assert made.parameters == {"study": str(study.resolve()), "name": "tiny", "notify_url": None}
    assert [s.schedule.cron for s in made.schedules] == ["*/5 6-8 * * mon"]
    assert [t.expect for t in made.triggers] == [{ARRIVED}]
    assert made.triggers[0].match.root == {"prefect.resource.id": resource_of(study)}
    assert deployment(study, "0 6 * * *", watch=False).triggers == []


def test_news_of_a_file_is_told_once_when_it_has_stopped_growing_and_again_when_it_comes_again(study):
    watch = Watch([study])
    file = study / INBOX / "a.csv"
    assert watch.news(study) == ()
    file.write_text("1")
    assert watch.news(study) == ()
    file.write_text("1,2")
    assert watch.news(study) == ()
    assert [p.name for p in watch.news(study)] == ["a.csv"]
    assert watch.news(study) == ()
    file.unlink()
    assert watch.news(study) == ()
    file.write_text("1,2")
    assert watch.news(study) == ()
    assert [p.name for p in watch.news(study)] == ["a.csv"]


def test_a_second_run_waits_for_the_first_or_says_so(tmp_path, monkeypatch):
    monkeypatch.delenv("CAUSAL_SSM_LOCK", raising=False)
    held, free = threading.Event(), threading.Event()

    def hold():
        with (tmp_path / ".causal-ssm" / "lock").open("a+") as stream:
            import fcntl  # noqa: PLC0415 - only where files can be locked

            fcntl.flock(stream, fcntl.LOCK_EX)
            held.set()
            free.wait(10)

    (tmp_path / ".causal-ssm").mkdir()
    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(10)
    with pytest.raises(StudyError, match="a run that has not ended yet"), only_run(tmp_path):
        pass
    threading.Timer(0.7, free.set).start()
    began = time.monotonic()
    with only_run(tmp_path, wait=10):
        assert time.monotonic() - began >= 0.5
    thread.join()


@pytest.mark.parametrize(
    ("sentence", "share"),
    [
        ("g: 400 draws in each of 16 chains, largest R-hat 1.020", 0.1),
        ("g: 400 draws in each of 16 chains, largest R-hat 1.001, smallest effective number 500", 0.25),
        ("g: 400 draws in each of 16 chains, largest R-hat 1.001, smallest effective number 9999", 1.0),
        ("g: warm-up done, step 0.5, 300 gradients so far", None),
    ],
)
def test_the_bar_follows_the_sentences_of_the_sampler(sentence, share):
    assert share_of(sentence, Infer(ess=2000, most_draws=4000)) == share


@pytest.mark.parametrize("name", ["Does Coffee?", "été", "", "---", "a/b c"])
def test_artifact_keys_are_what_prefect_takes(name):
    assert set(key_of(name, "audit")) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert not key_of(name, "audit").startswith("-")
