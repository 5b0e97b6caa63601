"""What every adapter promises, asked of every adapter of the registry."""

import polars as pl
import pytest

from schemas.errors import StudyError
from schemas.params import Source
from tasks.readings.dense import Dense, expanded
from tasks.sources import ADAPTERS, Sample, adapter_for
from tasks.sources.adapter import DENSE_SCHEMA, INDEX_SCHEMA, READING_SCHEMA
from tests.tasks.making import ingested
from tests.tasks.sources.samples import SAMPLES

NAMES = sorted({sample.adapter for sample in SAMPLES})
FOREIGN = {
    "LICENSE": b"Permission is hereby granted",
    "photo.jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(range(256)),
    "page.html": b"<!DOCTYPE html><html><body>HealthData</body></html>",
    "empty": b"",
    "config.json": b'{"name": "app", "version": 3}',
    "route.gpx": b'<?xml version="1.0"?><gpx version="1.1"><trk/></gpx>',
}
every_sample = pytest.mark.parametrize("sample", SAMPLES, ids=lambda s: f"{s.adapter}-{s.variable}")


def put(tmp_path, sample, name=None):
    path = tmp_path / (name or sample.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(sample.content)
    return path


def read(tmp_path, sample):
    path = put(tmp_path, sample)
    adapter = adapter_for(path, "auto")
    assert adapter is not None
    assert adapter.name == sample.adapter
    return adapter.read(path, Source(path=sample.name))


def refusal_of(adapter, path, name):
    try:
        adapter.read(path, Source(path=name))
    except StudyError as refusal:
        return refusal
    return None


def every_reading(readings):
    """Dense and other readings in one frame with the columns that both have."""
    columns = ["variable", "local", "offset", "value", "unit", "device", "line"]
    dense = [
        part.select(columns)
        for name, frame in readings.dense.items()
        for part in expanded(
            Dense(name, frame.with_columns(file=pl.lit("f").cast(pl.Categorical()), counts=pl.lit(value=True))), None
        )
    ]
    return pl.concat([readings.frame.select(columns), *dense])


def test_every_adapter_of_the_registry_has_a_sample():
    assert sorted(adapter.name for adapter in ADAPTERS) == NAMES


@every_sample
def test_a_file_recognises_itself_and_only_its_adapter_is_sure(tmp_path, sample):
    read(tmp_path, sample)
    head = Sample(sample.name, sample.content[:65536])
    sure = {adapter.name: adapter.recognise(head) for adapter in ADAPTERS}
    others = [score for name, score in sure.items() if name != sample.adapter and score is not None]
    assert all(score < sure[sample.adapter] for score in others)


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.name)
@pytest.mark.parametrize("name", FOREIGN)
def test_no_adapter_claims_a_foreign_file(adapter, name):
    assert adapter.recognise(Sample(name, FOREIGN[name])) is None


@every_sample
def test_readings_have_the_one_schema(tmp_path, sample):
    readings = read(tmp_path, sample)
    assert readings.frame.schema == READING_SCHEMA
    assert readings.index.schema == INDEX_SCHEMA
    assert all(part.schema == DENSE_SCHEMA for part in readings.dense.values())
    assert {*readings.frame["variable"].unique(), *readings.dense} <= set(readings.variables)
    assert {*readings.rules, *readings.events, *readings.scored} <= set(readings.variables)
    assert readings.rows > 0


@every_sample
def test_values_are_finite_times_known_and_lines_inside_the_file(tmp_path, sample):
    readings = read(tmp_path, sample)
    every = every_reading(readings)
    assert every["value"].drop_nulls().is_finite().all()
    assert every["local"].null_count() == 0
    assert every["offset"].drop_nulls().is_between(-18 * 60, 18 * 60).all()
    by_row = sample.name.endswith((".json", ".parquet", ".fit"))  # these have no lines: the number of the row or object
    header = sample.name.endswith(".xlsx")
    most = readings.rows + header if by_row or header else sample.content.count(b"\n") + 1
    assert every["line"].is_between(1, most).all()


@every_sample
def test_a_known_reading_arrives_with_its_clock_offset_and_unit(tmp_path, sample):
    every = every_reading(read(tmp_path, sample))
    mine = every.filter((pl.col("variable") == sample.variable) & (pl.col("local") == sample.local))
    assert mine.select("value", "unit", "offset").rows() == [(pytest.approx(sample.value), sample.unit, sample.offset)]


@every_sample
def test_the_same_file_twice_counts_once(tmp_path, sample):
    once = ingested(tmp_path / "once", {sample.name: sample.content})
    twice = ingested(tmp_path / "twice", {sample.name: sample.content, f"copy/{sample.name}": sample.content})
    assert twice.panel.equals(once.panel)
    assert twice.findings("duplicates")


@every_sample
def test_every_reading_is_an_observation(tmp_path, sample):
    made = ingested(tmp_path, {sample.name: sample.content})
    every = every_reading(read(tmp_path / "raw", sample)).unique(["variable", "local", "value"])
    assert made.observations.height == every.height
    local = pl.col("start") + pl.duration(minutes=pl.col("offset").fill_null(0))
    seen = made.observations.select("variable", local.dt.replace_time_zone(None).alias("local"), "value")
    order = ["variable", "local", "value"]
    assert seen.sort(order).equals(every.select(order).sort(order))


@pytest.mark.parametrize("name", NAMES)
def test_half_a_file_is_read_or_refused_in_words(tmp_path, name):
    sample = next(sample for sample in SAMPLES if sample.adapter == name)
    for share in (0.2, 0.5, 0.9):
        path = tmp_path / sample.name
        path.write_bytes(sample.content[: int(len(sample.content) * share)])
        adapter = adapter_for(path, "auto")
        if adapter is not None:
            refusal = refusal_of(adapter, path, sample.name)
            assert refusal is None or refusal.where.startswith(sample.name)
