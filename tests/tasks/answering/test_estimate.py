"""The stage estimate on draws made by hand: what is said, and what is withheld."""

import numpy as np
import polars as pl
import pytest

from schemas.exploration import Exploration
from schemas.frames import Catalog, Panel
from schemas.results import Diagnostics, EffectSet, Gate, Verdict
from schemas.spec import SpecSet
from ssm_core.inference.draws import Draws
from tasks.artifacts import read_document, write_document, write_frame
from tasks.configure import configure
from tasks.estimate import estimate
from tasks.fitting.posterior import posterior_tree, write_posterior
from tests.tasks.modelling.making import catalog_of, params, record, with_section


def silent(sentence):
    del sentence


def draws_of(spec, effect, sd, rng):
    """Posterior draws around one effect; everything else near its prior's middle, memory 0.3."""
    theta = np.empty((4, 500, len(spec.parameters)))
    for index, parameter in enumerate(spec.parameters):
        centre, spread = {
            ("inputs", "coffee", 0): (effect, sd),
            ("dynamics", "sleep", 1): (0.3, 0.02),
            ("process_sd", "", 0): (1.0, 0.05),
        }.get((parameter.matrix, parameter.column, parameter.lag), (0.0, 0.01))
        theta[..., index] = rng.normal(centre, spread, (4, 500))
    flags = np.zeros((4, 500), dtype=bool)
    return Draws(theta, flags, rng.normal(size=(4, 500)), np.ones((4, 500), dtype=int))


def answered(root, given, effect, sd=0.1, gates=None, panel=None):
    panel = panel if panel is not None else record(60)
    write_frame(root / "data/panel.parquet", panel, Panel)
    write_frame(root / "data/catalog.parquet", catalog_of(panel, units={"sleep": "h"}), Catalog)
    empty = Exploration(steps=panel.height, profiles=(), overlap=None, associations=(), figures=())
    write_document(root / "data/exploration.json", empty)
    configure(root, given, silent)
    specs = read_document(root / "model/spec.json", SpecSet).specs
    rng = np.random.default_rng(1)
    fits = {spec.graph: (spec, draws_of(spec, effect, sd, rng)) for spec in specs if spec.inputs}
    write_posterior(root / "model/posterior.nc", posterior_tree(fits))
    passed = {"divergences": Gate(passed=True, value=0.0, threshold=0.001, hard=True, sentence="None diverged.")}
    found = Diagnostics(
        graphs=dict.fromkeys(fits, gates or passed), sampler={}, summary={}, fit={},
        weights={spec.graph: 1 / len(specs) for spec in specs},
    )  # fmt: skip
    write_document(root / "model/diagnostics.json", found)
    estimate(root, given, silent)
    effects = read_document(root / "results/effects.json", EffectSet).effects
    return read_document(root / "results/verdict.json", Verdict), effects


def test_a_clear_effect_is_stated_with_direction_unit_and_interval(tmp_path):
    verdict, effects = answered(tmp_path, params(randomised=True), 1.5)
    assert (verdict.verdict, verdict.direction) == ("effect", "increase")
    assert verdict.estimate.mean == pytest.approx(1.5, abs=0.02)
    assert (verdict.estimate.unit, verdict.estimate.contrast) == ("h", "1 versus 0")
    headline = next(e for e in effects if (e.graph, e.estimand, e.kind) == ("pooled", "immediate", "expected"))
    assert headline.q05 == verdict.estimate.q05
    frame = pl.read_parquet(tmp_path / "results/effects.parquet")
    assert frame.height == len(effects)


def test_a_reversed_contrast_turns_the_sign(tmp_path):
    verdict, _ = answered(tmp_path, params(randomised=True, contrast={"exposed": 0, "reference": 1}), 1.5)
    assert verdict.direction == "decrease"
    assert verdict.estimate.mean == pytest.approx(-1.5, abs=0.02)
    assert verdict.naive_difference.mean is not None


def test_an_unclear_effect_cannot_be_told_and_shows_its_interval(tmp_path):
    verdict, _ = answered(tmp_path, params(randomised=True), 0.1, sd=0.5)
    assert (verdict.verdict, verdict.direction) == ("cannot_tell", "none")
    assert verdict.estimate.q05 < 0 < verdict.estimate.q95
    assert "days more, deciding coffee by the toss of a coin, would" in verdict.next_step


def test_a_surely_tiny_effect_makes_no_meaningful_difference(tmp_path):
    verdict, _ = answered(tmp_path, params(randomised=True), 0.0, sd=0.01)
    assert verdict.verdict == "no_meaningful_effect"


def test_a_failed_hard_gate_withholds_the_number_and_is_the_reason(tmp_path):
    failed = {"divergences": Gate(passed=False, value=0.2, threshold=0.001, hard=True, sentence="20 % diverged.")}
    verdict, _ = answered(tmp_path, params(randomised=True), 1.5, gates=failed)
    assert verdict.verdict == "not_trustworthy"
    assert verdict.estimate is None
    assert verdict.prob_direction is None
    assert verdict.reasons == ("20 % diverged.",)


def test_an_exposure_that_hardly_moved_is_not_trustworthy(tmp_path):
    panel = record(60).with_columns(pl.Series("coffee", [0.0] * 58 + [1.0] * 2))
    verdict, _ = answered(tmp_path, params(), 1.5, panel=panel)
    assert verdict.verdict == "not_trustworthy"
    assert not verdict.gates["positivity"].passed
    assert not verdict.gates["switches"].passed


def test_an_unidentified_effect_has_no_number_in_any_file(tmp_path):
    verdict, effects = answered(tmp_path, with_section(params(), "configure", strict=True), 1.5)
    assert verdict.verdict == "not_identified"
    assert verdict.estimate is None
    assert not verdict.identified
    assert "not recorded" in verdict.reasons[0]
    assert all(e.mean is None and e.q50 is None and e.reason for e in effects)


def test_pooling_mixes_graphs_by_weight_and_graphs_without_a_path_count_as_zero(tmp_path):
    given = with_section(params(), "configure", forbid=[{"from": "coffee", "to": "sleep"}])
    verdict, effects = answered(tmp_path, given, 1.5)
    assert verdict.estimate.mean == 0.0
    assert verdict.verdict == "no_meaningful_effect"
    assert {e.graph for e in effects} == {"primary", "with_earlier_columns", "pooled"}


def test_carry_over_figures_follow_from_memory(tmp_path):
    _, effects = answered(tmp_path, params(randomised=True), 1.5)
    pooled = {(e.estimand, e.horizon): e for e in effects if e.graph == "pooled" and e.kind == "expected"}
    assert pooled["impulse_response", 1].mean == pytest.approx(1.5 * 0.3, abs=0.02)
    assert pooled["steady_state", None].mean == pytest.approx(1.5 / 0.7, abs=0.05)
    assert pooled["half_life", 14].q50 == pytest.approx(np.log(0.5) / np.log(0.3), abs=0.02)
    assert pooled["washout", 14].q50 == pytest.approx(np.log(0.1) / np.log(0.3), abs=0.05)


def test_half_life_is_withheld_while_the_direction_is_unclear(tmp_path):
    _, effects = answered(tmp_path, params(randomised=True), 0.1, sd=0.5)
    half_life = next(e for e in effects if e.estimand == "half_life" and e.graph == "pooled")
    assert half_life.q50 is None
    assert "direction" in half_life.reason


def test_the_known_truth_is_copied_and_changes_nothing_else(tmp_path):
    truth = {"value": 1.2, "estimand": "immediate", "unit": "h", "source": "simulation"}
    one, _ = answered(tmp_path / "a", params(randomised=True), 1.5)
    two, _ = answered(tmp_path / "b", params(randomised=True, known_truth=truth), 1.5)
    assert two.known_truth.value == 1.2
    assert two.model_copy(update={"known_truth": None}) == one
