"""Apple Health: `export.xml` into readings, in bounded memory."""

from tasks.sources.apple.adapter import AppleHealth

__all__ = ["AppleHealth"]
