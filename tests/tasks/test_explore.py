"""What explore says about a panel."""

import time
from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest

from schemas.audit import Audit, VariableAudit
from schemas.exploration import Exploration
from schemas.frames import Catalog
from schemas.params import StudyParams
from tasks.artifacts import read_document, read_frame
from tasks.explore import explore
from tasks.profiles import catalog_of, exploration_of
from tasks.profiles.catalog import kind_of
from tasks.profiles.series import autocorrelation, effective_size, missing_runs, runs
from tests.tasks.making import ingested


def made_panel(columns, **rules):
    steps = len(next(iter(columns.values())))
    start = [datetime(2024, 1, 1) + timedelta(days=n) for n in range(steps)]
    values = {name: pl.Series(value, dtype=pl.Float64) for name, value in columns.items()}
    frame = pl.DataFrame({"step": range(steps), "start": start, **values})
    books = tuple(
        VariableAudit(
            name=name, unit=None, aggregate=rules.get(name, "mean"), readings=1, steps_observed=1, steps_missing=0,
            longest_gap=0, readings_outside_window=0, source="a.csv",
        )
        for name in columns
    )  # fmt: skip
    audit = Audit(
        step="1d", day_starts_at="00:00", timezone=None, steps=steps, first=None, last=None,
        files=(), variables=books, findings=(),
    )  # fmt: skip
    return frame, audit


@pytest.mark.parametrize(
    ("values", "aggregate", "kind"),
    [
        ([], "mean", "empty"),
        ([2, 2, 2], "mean", "constant"),
        ([0, 1, 1], "any", "binary"),
        ([1, 3, 5], "mean", "ordinal"),
        ([1, 3, 5], "sum", "count"),
        (list(range(30)), "mean", "continuous"),
        ([0.5, 1, 2], "mean", "continuous"),
    ],
)
def test_the_kind_follows_the_values(values, aggregate, kind):
    assert kind_of(np.array(values, dtype=float), "auto", aggregate) == kind


def test_a_declared_kind_wins():
    assert kind_of(np.array([1.0, 2.0]), "continuous", "mean") == "continuous"


def test_the_catalogue_counts_what_is_there():
    panel, audit = made_panel({"x": [1, None, 0, 0, 1, 1, 1, None], "y": [1.5, 2, 2.5, 3, 3.5, 4, 4.5, None]})
    rows = {row["variable"]: row for row in Catalog.validate(catalog_of(panel, audit)).to_dicts()}
    x, y = rows["x"], rows["y"]
    assert (x["observed"], x["missing"], x["distinct"], x["switches"], x["longest_run"]) == (6, 2, 2, 2, 3)
    assert y["trend_per_step"] == pytest.approx(0.5)
    assert (y["mean"], y["median"], y["min"], y["max"]) == (3.0, 3.0, 1.5, 4.5)
    assert y["sd"] == pytest.approx(np.std([1.5, 2, 2.5, 3, 3.5, 4, 4.5], ddof=1))


def test_missing_steps_end_a_run_and_are_listed():
    values = np.array([1, 1, np.nan, 1, 0, 0, 0, np.nan, np.nan])
    found = runs(values, values > 0)
    assert (found.switches, found.longest, found.longest_high, found.longest_low) == (1, 3, 2, 3)
    assert missing_runs(values) == (1, 2)


def test_effective_size_of_noise_is_its_length_and_of_memory_is_less():
    noise = np.random.default_rng(3).normal(size=4000)
    assert effective_size(noise, 60) == pytest.approx(4000, rel=0.1)
    slow = np.zeros(4000)
    for t in range(1, 4000):
        slow[t] = 0.8 * slow[t - 1] + noise[t]
    assert effective_size(slow, 60) == pytest.approx(4000 * (1 - 0.8) / (1 + 0.8), rel=0.25)
    assert autocorrelation(slow, 2)[0] == pytest.approx(0.8, abs=0.05)


def test_lagged_association_finds_the_lag():
    x = np.random.default_rng(5).normal(size=300)
    panel, _ = made_panel({"x": x, "y": np.concatenate([[0, 0], x[:-2]])})
    found = exploration_of(panel, "x", "y", 4).associations
    by_lag = {entry.lag: entry for entry in found if (entry.first, entry.second) == ("x", "y")}
    assert by_lag[2].correlation == pytest.approx(1.0, abs=0.02)
    assert by_lag[2].pairs == 298
    assert abs(by_lag[0].correlation) < 0.2


def test_overlap_counts_only_steps_with_an_outcome_as_usable():
    panel, _ = made_panel({"x": [1, 1, 0, None, 0, 1], "y": [1, None, 2, 3, 4, 5]})
    found = exploration_of(panel, "x", "y", 1).overlap
    assert (found.steps_exposed, found.steps_unexposed) == (3, 2)
    assert (found.usable_exposed, found.usable_unexposed, found.switches) == (2, 2, 2)


def test_a_study_without_a_question_is_described_all_the_same():
    panel, _ = made_panel({"x": [1, 2, 3], "empty": [None, None, None]})
    found = exploration_of(panel, None, None, 3)
    assert found.overlap is None
    assert found.associations == ()
    assert found.profiles[1].histogram_counts == ()


@pytest.mark.parametrize("question", [{}, {"treatment": "x", "outcome": "y"}])
def test_the_stage_writes_what_it_names_twice_the_same(tmp_path, question):
    rows = "".join(f"2024-01-{d:02d},{d % 2},{d % 5}\n" for d in range(1, 29))
    params = StudyParams.model_validate({"study": question})
    written = []
    for place in ("here", "there"):
        root = ingested(tmp_path / place, {"a.csv": "date,x,y\n" + rows}, study=question).root
        explore(root, params, lambda _: None)
        found = read_document(root / "data" / "exploration.json", Exploration)
        figures = sorted(p.relative_to(root).as_posix() for p in (root / "data" / "figures").iterdir())
        assert list(found.figures) == figures
        assert read_frame(root / "data" / "catalog.parquet", Catalog).height == 2
        names = ["data/catalog.parquet", "data/exploration.json", *figures]
        written.append([(root / name).read_bytes() for name in names])
    assert written[0] == written[1]


def test_figures_of_an_earlier_question_do_not_stay(tmp_path):
    rows = "".join(f"2024-01-{d:02d},{d % 2},{d % 5}\n" for d in range(1, 29))
    root = ingested(tmp_path, {"a.csv": "date,x,y\n" + rows}).root
    for question in ({"treatment": "x", "outcome": "y"}, {}):
        explore(root, StudyParams.model_validate({"study": question}), lambda _: None)
    kept = {p.relative_to(root).as_posix() for p in (root / "data" / "figures").iterdir()}
    assert kept == set(read_document(root / "data" / "exploration.json", Exploration).figures)


def test_forty_variables_over_ten_years_take_seconds(tmp_path):
    noise = np.random.default_rng(1).normal(size=(3650, 40)).round(3)
    days = [f"{datetime(2014, 1, 1) + timedelta(days=n):%Y-%m-%d}" for n in range(3650)]
    frame = pl.DataFrame({"date": days, **{f"v{n}": noise[:, n] for n in range(40)}})
    began = time.process_time()
    root = ingested(tmp_path, {"a.csv": frame.write_csv()}).root
    explore(root, StudyParams.model_validate({"study": {"treatment": "v1", "outcome": "v2"}}), lambda _: None)
    assert time.process_time() - began < 20
