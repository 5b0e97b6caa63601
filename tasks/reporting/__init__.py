"""The report: figures, sections, numbers and words."""
