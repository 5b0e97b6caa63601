"""Steps: counters of the day, one for each activity, into what was added between two messages."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import NamedTuple

from tasks.sources.fit.messages import Message, Recorded

_STEPPING = ("walking", "running")
_PER_CYCLE = 2


class Added(NamedTuple):
    """Steps from `begin` to `end` on the watch's clock."""

    begin: datetime
    end: datetime
    steps: float
    number: int


def added(file: Recorded, offset: int) -> Iterator[Added]:
    """What each message adds to its counter.

    The counters begin at zero at the watch's midnight; a message at midnight closes the day before. A file that begins
    later continues counters of an earlier file: their first values are where it starts, not steps of this file.
    """
    from_midnight = file.begins is not None and file.begins.time() == datetime.min.time()
    known: dict[str, tuple[datetime, float]] = {}
    first_day = _day(file.begins + timedelta(seconds=1)) if file.begins is not None else None
    for message in file.messages:
        activity, count = str(message.fields.get("activity_type")), _count(message)
        if count is None or message.at is None:
            continue
        now = message.at.replace(tzinfo=None) + timedelta(minutes=offset)
        before = known.get(activity)
        known[activity] = (now, count)
        midnight = datetime.combine(_day(now), datetime.min.time())
        if before is not None and _day(before[0]) == _day(now) and count >= before[1]:
            begin, steps = before[0], count - before[1]
        elif before is not None or (from_midnight or _day(now) != first_day):
            begin, steps = max(midnight, before[0]) if before is not None else midnight, count
        else:
            continue
        yield Added(min(begin, now), now, steps, message.number)


def _day(now: datetime) -> date:
    return (now - timedelta(seconds=1)).date()


def _count(message: Message) -> float | None:
    if message.name != "monitoring" or message.fields.get("activity_type") not in _STEPPING:
        return None
    steps, cycles = message.fields.get("steps"), message.fields.get("cycles")
    if isinstance(steps, int | float):
        return float(steps)
    return float(cycles) * _PER_CYCLE if isinstance(cycles, int | float) else None
