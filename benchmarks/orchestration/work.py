"""The six recipes in one process, without Prefect, DVC, keys, hashes and a log of the run."""

WORK = """
import sys
from importlib import import_module
from pathlib import Path
from schemas.stages import STAGE_NAMES
from tasks.settings import load_params
root = Path(sys.argv[1])
params = load_params(root)
for name in STAGE_NAMES:
    getattr(import_module(f"tasks.{name}"), name)(root, params, lambda _: None)
"""
"""A program; its argument is the study."""
