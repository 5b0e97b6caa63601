"""The readings of all files together: one clock, one unit, coded texts, no duplicates."""

from tasks.readings.rawfiles import KEPT, RawFile, read_for_later, read_raw_files

__all__ = ["KEPT", "RawFile", "read_for_later", "read_raw_files"]
