"""DVC is given stages ahead while others are computed; in the end it has what it would have been given at once."""

import pytest
from ruamel.yaml import YAML

from flows.provenance.ledger import recall
from flows.versioning import Commits, commit, is_committed
from schemas.stages import STAGE_NAMES
from tasks.settings import set_params


@pytest.fixture
def computed(new_study, cli):
    """Makes studies whose stages have run, of which DVC knows nothing."""

    def make(name):
        root = new_study(name)
        for stage in STAGE_NAMES:
            assert cli("stage", stage, root).exit_code == 0
        return root

    return make


def lock(root):
    return YAML(typ="safe", pure=True).load((root / "dvc.lock").read_text())


def contents(root):
    return {path.name: path.read_bytes() for path in (root / ".dvc/cache/files").rglob("*") if path.is_file()}


def test_ahead_and_the_rest_are_all_at_once(computed):
    whole, parts = computed("whole"), computed("parts")
    commit(whole, STAGE_NAMES)
    commits = Commits(parts)
    for stage in STAGE_NAMES[:-1]:
        commits.ahead(stage)
        assert not is_committed(parts), "the run may still be killed"
    assert "report" not in lock(parts)["stages"]
    commits.rest(STAGE_NAMES)
    assert is_committed(parts)
    assert lock(parts) == lock(whole)
    assert contents(parts) == contents(whole)


def test_a_stage_that_ran_again_is_given_again(computed, cli):
    root = computed("study")
    commits = Commits(root)
    for stage in STAGE_NAMES[:-1]:
        commits.ahead(stage)
    before = lock(root)["stages"]["infer"]
    set_params(root, {"infer.seed": 7})
    for stage in ("infer", "estimate", "report"):
        assert cli("stage", stage, root).exit_code == 0
    commits.rest(STAGE_NAMES)
    after = lock(root)["stages"]["infer"]
    assert after["params"] != before["params"]
    assert {out["path"] for out in after["outs"]} == {out["path"] for out in before["outs"]}
    assert is_committed(root)


def test_what_was_altered_meanwhile_is_not_given(computed):
    root = computed("study")
    commits = Commits(root)
    entry = recall(root, "estimate")
    assert entry is not None
    (root / entry.refs[0].path).write_text("altered")
    commits.ahead("estimate")
    assert not (root / "dvc.lock").is_file()
    commits.rest(STAGE_NAMES)
    assert set(lock(root)["stages"]) == set(STAGE_NAMES) - {"estimate"}


def test_what_is_given_ahead_is_never_away_while_the_next_stage_reads_it(computed):
    """Inodes and times: a file that DVC has taken away and put again is another one."""
    root = computed("study")
    lying = [path for name in ("data", "model", "results") for path in (root / name).rglob("*") if path.is_file()]
    before = [(path.stat().st_ino, path.stat().st_ctime_ns) for path in lying]
    commits = Commits(root)
    for stage in STAGE_NAMES:
        commits.ahead(stage)
    assert [(path.stat().st_ino, path.stat().st_ctime_ns) for path in lying] == before
