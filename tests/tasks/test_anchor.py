"""Laws of the nightly update: the posterior of a refit, the bytes of a run from scratch, at a small cost."""

import time

import numpy as np
import pytest

from schemas.params import StudyParams
from schemas.prior import LogNormal, Normal, TruncatedNormal
from ssm_core.checks.convergence import ess_bulk
from tasks.artifacts import write_bytes
from tasks.fitting.anchor import FOLDER, WEIGHED, anchor_rows, from_anchor, thinned
from tasks.fitting.record import prepared
from tasks.fitting.sampling import drawn, posterior_of
from tests.ssm_core.zoo import p, spec
from tests.tasks.modelling.making import panel_of

pytestmark = pytest.mark.mcmc
MODEL = spec(
    [
        p("mean", "y", "intercept", prior=Normal(mean=5, sd=5)),
        p("inputs", "y", "x", 0, Normal(mean=0, sd=2)),
        p("dynamics", "y", "y", 1, TruncatedNormal(mean=0.2, sd=0.4, low=-0.99, high=0.99)),
        p("process_sd", "y", prior=LogNormal(median=1, log_sd=0.7)),
    ]
)
SETTINGS = StudyParams.model_validate({"infer": {"update": "reweight", "ess": 1000, "starts": 4}}).infer


def record(days, jump=0.0):
    rng = np.random.default_rng(3)
    x, y = rng.integers(0, 2, days).astype(float), np.zeros(days)
    for t in range(days):
        y[t] = 5 + 0.8 * x[t] + 0.4 * ((y[t - 1] - 5) if t else 0) + rng.normal() + (jump if t > 112 else 0)
    return panel_of({"x": x, "y": y})


def silent(_sentence):
    """Progress nobody reads."""


def update(panel, root, tell=silent):
    ready = prepared(MODEL, panel)
    target = posterior_of(MODEL, ready, SETTINGS)
    return from_anchor(target, ready, panel, SETTINGS, tell, root), target


def refit(panel, seed=SETTINGS.seed):
    ready = prepared(MODEL, panel)
    target = posterior_of(MODEL, ready, SETTINGS)
    return drawn(target, ready, SETTINGS.model_copy(update={"seed": seed}), silent), target


@pytest.fixture
def root(tmp_path):
    write_bytes(tmp_path / "code.json", b"{}")
    return tmp_path


def agrees(one, other):
    """Means within 4.5 Monte Carlo errors of both; spreads within an eighth."""
    error = np.hypot(*(d.theta.std((0, 1)) / np.sqrt(ess_bulk(d.theta)) for d in (one, other)))
    assert np.all(np.abs(one.theta.mean((0, 1)) - other.theta.mean((0, 1))) < 4.5 * error)
    np.testing.assert_allclose(one.theta.std((0, 1)), other.theta.std((0, 1)), rtol=0.125)


@pytest.mark.parametrize(("rows", "anchor"), [(41, None), (42, 42), (43, 42), (55, 42), (56, 56), (365, 364)])
def test_the_anchor_follows_from_the_number_of_rows_alone(rows, anchor):
    assert anchor_rows(rows, 14) == anchor


def test_new_rows_give_the_posterior_of_a_refit(root):
    told = []
    panel = record(120)
    draws, _ = update(panel, root, told.append)
    assert any("after 112 steps were reweighted to 120" in sentence for sentence in told)
    agrees(draws, refit(panel, seed=1)[0])


def test_an_update_after_yesterday_has_the_bytes_of_one_from_scratch(root, tmp_path):
    for days in (113, 114):
        update(record(120).head(days), root)
    nightly, _ = update(record(120).head(115), root)
    scratch, _ = update(record(120).head(115), None)
    for ours, theirs in zip(nightly, scratch, strict=True):
        assert np.asarray(ours).tobytes() == np.asarray(theirs).tobytes()


def test_no_more_draws_are_weighed_than_the_effective_number_needs(root):
    whole, _ = refit(record(112))
    some = thinned(whole, SETTINGS.ess)
    left = some.theta.shape[0] * some.theta.shape[1]
    assert WEIGHED * SETTINGS.ess <= left < 2 * WEIGHED * SETTINGS.ess
    assert some.theta.shape[:2] == some.diverging.shape == some.energy.shape == some.steps.shape
    np.testing.assert_array_equal(thinned(whole, 1e9).theta, whole.theta)
    weighed, _ = update(record(113), root)
    assert weighed.theta.shape == some.theta.shape


def test_other_times_of_the_same_values_are_another_anchor(root):
    panel = record(113)
    update(panel, root)
    update(panel.with_columns(start=panel["start"].shift(1)), root)
    assert len(list((root / FOLDER).glob("*.npz"))) == 2


@pytest.mark.parametrize("damage", [b"", b"x" * 500, None])
def test_a_damaged_anchor_costs_time_and_nothing_else(root, damage):
    panel = record(113)
    before, _ = update(panel, root)
    (file,) = (root / FOLDER).glob("*.npz")
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] if damage is None else damage)
    after, _ = update(panel, root)
    assert before.theta.tobytes() == after.theta.tobytes()
    assert file.read_bytes() == whole


def test_rows_that_break_with_the_past_are_sampled_in_full(root):
    told = []
    panel = record(124, jump=8.0)
    draws, _ = update(panel, root, told.append)
    assert any("do not carry over" in sentence for sentence in told)
    assert draws.theta.tobytes() == refit(panel)[0].theta.tobytes()


def test_a_changed_earlier_row_is_another_anchor(root):
    panel = record(113)
    update(panel, root)
    update(panel.with_columns(y=panel["y"] + (panel["step"] == 3).cast(float)), root)
    assert len(list((root / FOLDER).glob("*.npz"))) == 2


@pytest.mark.slow
def test_sixty_days_of_updates_agree_with_refits(root):
    panel, spent, full = record(180), 0.0, 0.0
    told: list[str] = []
    for days in range(121, 181):
        began = time.process_time()
        draws, _ = update(panel.head(days), root, told.append)
        between = time.process_time()
        exact, _ = refit(panel.head(days), seed=days)
        spent, full = spent + between - began, full + time.process_time() - between
        agrees(draws, exact)
    kept = sum("were reweighted to" in sentence for sentence in told)
    print(f"{kept} of 60 days reweighted; {spent:.2f} of {full:.2f} processor seconds: {spent / full:.3f}")  # noqa: T201
    assert kept >= 50
