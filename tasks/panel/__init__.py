"""Readings of several files onto one clock, one step grid and one row per step."""

from tasks.panel.build import Built, build
from tasks.panel.checks import check_question
from tasks.panel.rawfiles import RawFile, read_raw_files

__all__ = ["Built", "RawFile", "build", "check_question", "read_raw_files"]
