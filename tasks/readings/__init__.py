"""The readings of all files together: one clock, one unit, coded texts, no duplicates."""

from tasks.readings.rawfiles import RawFile, read_raw_files

__all__ = ["RawFile", "read_raw_files"]
