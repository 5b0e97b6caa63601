"""Readings onto one grid: one row per step."""

from tasks.panel.build import Built, build
from tasks.panel.checks import check_question

__all__ = ["Built", "build", "check_question"]
