"""Raw files into readings: one adapter per kind of file, one line per adapter in the registry."""

from tasks.sources.adapter import Adapter, Readings, Sample, Telling
from tasks.sources.registry import ADAPTERS, GENERIC, adapter_for, sample_of

__all__ = ["ADAPTERS", "GENERIC", "Adapter", "Readings", "Sample", "Telling", "adapter_for", "sample_of"]
