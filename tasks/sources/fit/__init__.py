"""FIT files of watches and scales: monitoring, sleep, heart-rate variability, weight, workouts."""

from tasks.sources.fit.adapter import Fit

__all__ = ["Fit"]
