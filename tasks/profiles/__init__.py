"""What explore computes: one row per variable, profiles, overlap of the exposure, lagged associations."""

from tasks.profiles.catalog import catalog_of
from tasks.profiles.exploration import exploration_of

__all__ = ["catalog_of", "exploration_of"]
