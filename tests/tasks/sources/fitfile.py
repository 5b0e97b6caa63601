"""A small writer of FIT files: definition and data messages, header and checksums as the FIT protocol wants them."""

import struct
from datetime import UTC, datetime

EPOCH = datetime(1989, 12, 31, tzinfo=UTC)
_BASE = {0x00: "B", 0x01: "b", 0x02: "B", 0x83: "h", 0x84: "H", 0x85: "i", 0x86: "I"}
_CRC = (
    0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800, 0xE401,
    0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01, 0x8801, 0x4400,
)  # fmt: skip


def seconds(moment):
    """A time as FIT counts it."""
    return int((moment.replace(tzinfo=UTC) - EPOCH).total_seconds())


def crc(content):
    made = 0
    for byte in content:
        for nibble in (byte & 0xF, byte >> 4):
            made = (made >> 4) & 0x0FFF ^ _CRC[made & 0xF] ^ _CRC[nibble]
    return made


def fit(messages):
    """A file of `(number of the message, [(number of the field, base type, value)])`."""
    body = b""
    for number, fields in messages:
        body += struct.pack("<BBBHB", 0x40, 0, 0, number, len(fields))
        body += b"".join(struct.pack("<BBB", field, struct.calcsize(_BASE[base]), base) for field, base, _ in fields)
        body += b"\0" + b"".join(struct.pack("<" + _BASE[base], value) for _, base, value in fields)
    head = struct.pack("<BBHI4s", 14, 0x20, 2132, len(body), b".FIT")
    content = head + struct.pack("<H", crc(head)) + body
    return content + struct.pack("<H", crc(content))


def file_id(kind):
    return 0, [(0, 0x00, kind), (1, 0x84, 1)]


def info(utc, local):
    """`monitoring_info`."""
    return 103, [(253, 0x86, seconds(utc)), (0, 0x86, seconds(local))]


def steps(moment, activity, count):
    """A counter of the day: `activity` 1 runs, 6 walks."""
    return 55, [(253, 0x86, seconds(moment)), (5, 0x00, activity), (3, 0x86, count)]


def pulse(moment, rate):
    """Heart rate with the low 16 bits of its time only."""
    return 55, [(26, 0x84, seconds(moment) & 0xFFFF), (27, 0x02, rate)]


def stage(moment, level):
    """`sleep_level`: 1 awake, 2 light, 3 deep, 4 REM."""
    return 275, [(253, 0x86, seconds(moment)), (0, 0x00, level)]


def hrv(moment, night):
    """`hrv_status_summary`; FIT counts in 1/128 ms."""
    return 370, [(253, 0x86, seconds(moment)), (1, 0x84, night * 128)]


def weight(moment, kilograms, person=0):
    return 30, [(253, 0x86, seconds(moment)), (0, 0x84, round(kilograms * 100)), (12, 0x84, person)]


MONITORING = fit([
    file_id(32),
    info(datetime(2024, 3, 1, 5), datetime(2024, 3, 1)),
    steps(datetime(2024, 3, 1, 14), 6, 400),
    steps(datetime(2024, 3, 1, 15), 6, 1000),
    steps(datetime(2024, 3, 1, 15), 1, 50),
    pulse(datetime(2024, 3, 1, 15, 1), 72),
    steps(datetime(2024, 3, 2, 5), 6, 1200),
    steps(datetime(2024, 3, 2, 14), 6, 1300),
])  # fmt: skip
SLEEP = fit([
    file_id(49),
    (162, [(253, 0x86, seconds(datetime(2024, 3, 2, 4))), (3, 0x86, seconds(datetime(2024, 3, 1, 23)))]),
    stage(datetime(2024, 3, 2, 4), 2),
    stage(datetime(2024, 3, 2, 6), 3),
    stage(datetime(2024, 3, 2, 7), 1),
    stage(datetime(2024, 3, 2, 7, 15), 4),
    stage(datetime(2024, 3, 2, 8), 1),
    stage(datetime(2024, 3, 2, 8, 5), 0),
    hrv(datetime(2024, 3, 2, 8, 5), 41),
])  # fmt: skip
