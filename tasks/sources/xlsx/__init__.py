"""Workbooks of Excel, LibreOffice or Google Sheets: one sheet as a table of text, then as any other table."""

from tasks.sources.xlsx.adapter import Xlsx

__all__ = ["Xlsx"]
