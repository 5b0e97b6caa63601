"""Times as written onto one clock: instants in UTC and the person's local clock."""

import difflib
from datetime import time, timedelta
from zoneinfo import available_timezones

import polars as pl

from schemas.audit import Finding
from schemas.errors import StudyError


def on_one_clock(
    frame: pl.DataFrame, zone: str | None, day_starts_at: time, dense: pl.DataFrame | None = None
) -> tuple[pl.DataFrame, list[Finding]]:
    """Add `start`, `end` (UTC), `offset` (minutes) and `clock` (local time) to readings of several files.

    A date without a clock time stands at the beginning of its day. With a zone, an hour that occurs twice
    is its first occurrence, and an hour that does not exist is moved one hour forward.

    Args:
        frame: readings with `local`, `local_end`, `offset`, `date_only`, `file`, `row`.
        zone: the person's time zone, if declared.
        day_starts_at: when a day begins.
        dense: `file`, `instant`, `offset` of the readings that are kept apart, for the findings.

    Raises:
        StudyError: the zone does not exist.
    """
    _check_zone(zone)
    findings = [*_zone_findings(frame, zone, dense), *_offset_changes(frame, zone, dense)]
    shift = timedelta(hours=day_starts_at.hour, minutes=day_starts_at.minute)
    local = pl.when("date_only").then(pl.col("local") + shift).otherwise("local")
    frame = frame.with_columns(local=local, offset=pl.when("date_only").then(None).otherwise("offset"))
    if zone is None:
        minutes = pl.duration(minutes=pl.col("offset").fill_null(0))
        return frame.with_columns(
            start=(pl.col("local") - minutes).dt.replace_time_zone("UTC"),
            end=(pl.col("local_end") - minutes).dt.replace_time_zone("UTC"),
            clock=pl.col("local"),
        ), findings
    findings += _daylight_saving(frame, zone)
    placed = frame.with_columns(start=_instant("local", zone), end=_instant("local_end", zone))
    clock = pl.col("start").dt.convert_time_zone(zone).dt.replace_time_zone(None)
    distance = clock - pl.col("start").dt.replace_time_zone(None)
    return placed.with_columns(clock=clock, offset=distance.dt.total_minutes().cast(pl.Int32)), findings


def _check_zone(zone: str | None) -> None:
    known = available_timezones()
    if zone is not None and zone not in known:
        names = {name.rsplit("/", 1)[-1].lower(): name for name in sorted(known)}
        word = zone.rsplit("/", 1)[-1].lower().replace(" ", "_")
        close = [names[match] for match in difflib.get_close_matches(word, names, n=3, cutoff=0.6)]
        fix = f"write {' or '.join(close)}" if close else "write an IANA name such as Europe/Zurich"
        raise StudyError("a time zone of the IANA list", f"'{zone}'", "params.yaml at study.timezone", fix)


def _instant(column: str, zone: str) -> pl.Expr:
    written = (pl.col(column) - pl.duration(minutes="offset")).dt.replace_time_zone("UTC")
    return pl.when(pl.col("offset").is_not_null()).then(written).otherwise(_placed(column, zone))


def _placed(column: str, zone: str) -> pl.Expr:
    local = pl.col(column)
    there = local.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    later = (local + pl.duration(hours=1)).dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return pl.coalesce(there, later).dt.convert_time_zone("UTC")


def _daylight_saving(frame: pl.DataFrame, zone: str) -> list[Finding]:
    naive = frame.filter(pl.col("offset").is_null() & pl.col("local").is_not_null() & ~pl.col("date_only"))
    times = naive.unique(["file", "row"], maintain_order=True)
    local = times["local"].dt
    first = local.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    last = local.replace_time_zone(zone, ambiguous="latest", non_existent="null")
    twice, never = int((first != last).sum()), first.null_count()
    if not twice and not never:
        return []
    sentence = (
        f"{twice} times fall in an hour that the clock change repeats (read as its first occurrence), "
        f"{never} in an hour that it skips (moved one hour forward)."
    )
    counts = {"ambiguous": twice, "nonexistent": never}
    return [Finding(kind="daylight_saving", severity="note", where=zone, sentence=sentence, counts=counts)]


def _zone_findings(frame: pl.DataFrame, zone: str | None, dense: pl.DataFrame | None) -> list[Finding]:
    clocked = frame.filter(pl.col("local").is_not_null() & ~pl.col("date_only")).unique(["file", "row"])
    naive = int(clocked["offset"].null_count())
    written = clocked.height - naive + (0 if dense is None else dense.height)
    if zone is not None:
        return []
    counts = {"naive": naive, "with_offset": written}
    if not naive:
        return _beside_dates(frame, clocked, dense) if written else []
    if not written:
        sentence = "No time zone is written or declared: times are the local clock as it stands in the files."
        return [Finding(kind="no_zone", severity="note", where="study.timezone", sentence=sentence, counts=counts)]
    sentence = (
        f"{written} rows carry a UTC offset and {naive} do not, and no time zone is declared: both are joined by the "
        "clock as written. Set study.timezone in params.yaml to place them on one clock."
    )
    return [Finding(kind="mixed_zones", severity="warning", where="study.timezone", sentence=sentence, counts=counts)]


def _beside_dates(frame: pl.DataFrame, clocked: pl.DataFrame, dense: pl.DataFrame | None) -> list[Finding]:
    """Instants written in UTC beside days that are only dated: the days of the two may differ."""
    parts = [clocked.select("file", "offset"), *([] if dense is None else [dense.select("file", "offset")])]
    instants = pl.concat([part.cast({"offset": pl.Int32}) for part in parts]).filter(pl.col("offset") == 0)
    dated = frame.filter(pl.col("date_only") & ~pl.col("file").is_in(instants["file"].unique().to_list()))
    if instants.is_empty() or dated.is_empty():
        return []
    days = dated.unique(["file", "row"]).height
    sentence = (
        f"{instants.height} rows are written in UTC, {days} others have a date only, and no time zone is declared: "
        "they are joined as if the days began at midnight UTC. Set study.timezone in params.yaml to that of the dates."
    )
    counts = {"utc": instants.height, "dates": days}
    return [Finding(kind="mixed_zones", severity="warning", where="study.timezone", sentence=sentence, counts=counts)]


def _offset_changes(frame: pl.DataFrame, zone: str | None, dense: pl.DataFrame | None) -> list[Finding]:
    rows = frame.filter(pl.col("offset").is_not_null() & pl.col("local").is_not_null()).unique(["file", "row"])
    rows = rows.with_columns(instant=pl.col("local") - pl.duration(minutes="offset")).sort("file", "instant", "row")
    rows = rows.select("file", "instant", "offset")
    if dense is not None and dense.height:
        rows = pl.concat([rows, dense.select("file", "instant", "offset")]).sort("file", "instant", "offset")
    found = []
    for (name,), part in rows.group_by("file", maintain_order=True):
        offsets = {offset_text(o): n for o, n in part["offset"].value_counts().sort("offset").iter_rows()}
        changes = int((part["offset"].diff().drop_nulls() != 0).sum())
        differs = _differing(part, zone)
        if not changes and not differs:
            continue
        written = f"The UTC offset in {name} changes {changes} times ({', '.join(offsets)})." if changes else ""
        there = f"{differs} rows of {name} were converted to the clock of {zone}." if differs else ""
        sentence = " ".join(part for part in (written, there) if part)
        counts = {**offsets, "changes": changes, "converted": differs}
        found.append(Finding(kind="offset_change", severity="note", where=str(name), sentence=sentence, counts=counts))
    return found


def _differing(part: pl.DataFrame, zone: str | None) -> int:
    if zone is None:
        return 0
    there = part["instant"].dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.replace_time_zone(None)
    return int(((there - part["instant"]).dt.total_minutes() != part["offset"]).sum())


def offset_text(minutes: int) -> str:
    """120 is `+02:00`."""
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
