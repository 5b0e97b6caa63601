"""Zip archives for hostile cases: whole ones, and what a damaged or lying one looks like."""

import io
import struct
import zipfile


def claimed(content: bytearray) -> bytes:
    """The archive's own table claims ten gigabytes for its only file."""
    at = content.rfind(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 0xFFFFFFF0)
    return bytes(content)


def bad_sum(content: bytearray) -> bytes:
    at = content.find(b"2024-01-02")
    content[at] ^= 1
    return bytes(content)


def encrypted(content: bytearray) -> bytes:
    """The flag that says so is set in both places."""
    content[6] |= 1
    content[content.rfind(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def ten_gigabytes(body: str) -> bytes:
    """In the long form that sizes above four gigabytes need."""
    content = bytearray(zipped(("a.csv", body)))
    at, end = content.rfind(b"PK\x01\x02"), content.rfind(b"PK\x05\x06")
    extra = struct.pack("<HHQ", 1, 8, 10 << 30)
    content[at + 24 : at + 28] = b"\xff" * 4
    content[at + 30 : at + 32] = struct.pack("<H", len(extra))
    content[end + 12 : end + 16] = struct.pack("<I", end - at + len(extra))
    return bytes(content[:end] + extra + content[end:])


def zipped(*entries) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as made:
        for name, body in entries:
            made.writestr(zipfile.ZipInfo(name), body, zipfile.ZIP_DEFLATED)
    return sink.getvalue()
