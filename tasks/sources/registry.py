"""The adapters, one line each, and the choice among them."""

from pathlib import Path

from schemas.errors import StudyError
from tasks.sources.adapter import Adapter, Sample
from tasks.sources.apple import AppleHealth
from tasks.sources.delimited import Delimited
from tasks.sources.fit import Fit
from tasks.sources.jsonlines import JsonLines
from tasks.sources.parquet import Parquet
from tasks.sources.vendors.cgm import GlucoseMonitor
from tasks.sources.vendors.daylio import Daylio
from tasks.sources.vendors.fitabase import Fitabase
from tasks.sources.vendors.fitbit import Fitbit, FitbitTables
from tasks.sources.vendors.garmin import Garmin
from tasks.sources.vendors.googlefit import GoogleFit
from tasks.sources.vendors.oura import Oura, OuraTable
from tasks.sources.vendors.sleepcycle import SleepCycle
from tasks.sources.vendors.whoop import Whoop
from tasks.sources.vendors.withings import Withings
from tasks.sources.xlsx import Xlsx

ADAPTERS: tuple[Adapter, ...] = (
    AppleHealth(),
    GlucoseMonitor(),
    Daylio(),
    Fitabase(),
    Fit(),
    Fitbit(),
    FitbitTables(),
    Garmin(),
    GoogleFit(),
    Oura(),
    OuraTable(),
    SleepCycle(),
    Whoop(),
    Withings(),
    Delimited(),
    Xlsx(),
    Parquet(),
    JsonLines(),
)
GENERIC = frozenset({"delimited", "xlsx", "parquet", "jsonlines"})
"""Adapters of tables that anyone may have made."""
_HEAD_BYTES = 65536


def sample_of(path: Path) -> Sample:
    """The name and the first bytes of a file."""
    with path.open("rb") as stream:
        return Sample(path.name, stream.read(_HEAD_BYTES))


def adapter_for(path: Path, name: str) -> Adapter | None:
    """The adapter called `name`, or with `auto` the one that recognises the file best.

    Raises:
        StudyError: there is no adapter of that name.
    """
    if name != "auto":
        named = [adapter for adapter in ADAPTERS if adapter.name == name]
        if not named:
            known = ", ".join(["auto", *(adapter.name for adapter in ADAPTERS)])
            raise StudyError(f"one of the adapters {known}", f"'{name}'", "params.yaml at ingest.sources")
        return named[0]
    sample = sample_of(path)
    scores = [(adapter.recognise(sample), adapter) for adapter in ADAPTERS]
    recognised = [(score, adapter) for score, adapter in scores if score is not None]
    return max(recognised, key=lambda pair: pair[0])[1] if recognised else None
