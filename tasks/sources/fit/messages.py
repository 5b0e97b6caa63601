"""The messages of a FIT file with their times made whole, decoded by `fitdecode`; positions are never looked at."""

import struct
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import fitdecode

from schemas.errors import StudyError

_EPOCH = datetime(1989, 12, 31, tzinfo=UTC)
_MOST_BYTES = 64 << 20
_LOW = 1 << 16
_UNDECODABLE = (
    fitdecode.FitError, struct.error, ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError,
    ArithmeticError, EOFError, AssertionError,
)  # fmt: skip
"""What a damaged file makes the decoder raise; none of it can come from a whole one."""
_DAY_LIMIT = timedelta(hours=18)


class Message(NamedTuple):
    """One data message: its name, its number in the file from 1, its time in UTC if it has one, its known fields."""

    name: str
    number: int
    at: datetime | None
    fields: Mapping[str, object]


class Recorded(NamedTuple):
    """A whole file.

    Attributes:
        messages: in the order of the file.
        offset: minutes of the watch's clock from UTC, None when the file does not tell.
        begins: the first time on the watch's clock that the file tells beside UTC.
    """

    messages: list[Message]
    offset: int | None
    begins: datetime | None


def recorded(path: Path, name: str) -> Recorded:
    """Read a FIT file.

    Raises:
        StudyError: cut off, damaged (a checksum is wrong), or larger than any such file.
    """
    if path.stat().st_size > _MOST_BYTES:
        raise StudyError("a FIT file of at most 64 MB", f"{path.stat().st_size / 1e6:.0f} MB", name)
    try:
        messages = list(_messages(path))
    except _UNDECODABLE as error:
        told = " ".join(str(error).split())[:120] or type(error).__name__
        raise StudyError("a whole FIT file", told, name, "copy the file from the watch again") from None
    clock = next((pair for message in messages if (pair := _two_clocks(message)) is not None), None)
    if clock is None:
        return Recorded(messages, None, None)
    utc, local = clock
    return Recorded(messages, round((local - utc).total_seconds() / 60), local.replace(tzinfo=None))


def _messages(path: Path) -> Iterator[Message]:
    last: datetime | None = None
    number = 0
    lenient = fitdecode.ErrorHandling.IGNORE  # of field sizes that real watches write wrongly; checksums still count
    with fitdecode.FitReader(path, check_crc=fitdecode.CrcCheck.RAISE, error_handling=lenient) as reader:
        for frame in reader:
            if not isinstance(frame, fitdecode.FitDataMessage):
                continue
            number += 1
            fields = {field.name: field.value for field in frame.fields if field.value is not None}
            at = _time_of(fields, last)
            last = at or last
            yield Message(frame.name, number, at, fields)


def _time_of(fields: Mapping[str, object], last: datetime | None) -> datetime | None:
    """The time of a message; of some only the low 16 bits are written, to be counted on from the last whole one."""
    whole = fields.get("timestamp")
    if isinstance(whole, datetime):
        return whole
    low = fields.get("timestamp_16")
    if isinstance(low, int) and last is not None:
        before = int((last - _EPOCH).total_seconds())
        return last + timedelta(seconds=(low - before) % _LOW)
    return None


def _two_clocks(message: Message) -> tuple[datetime, datetime] | None:
    local = message.fields.get("local_timestamp")
    if message.name not in ("monitoring_info", "timestamp_correlation", "activity") or message.at is None:
        return None
    if isinstance(local, int):
        local = _EPOCH + timedelta(seconds=local)
    return (message.at, local) if isinstance(local, datetime) and abs(local - message.at) <= _DAY_LIMIT else None
