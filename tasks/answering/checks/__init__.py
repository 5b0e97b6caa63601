"""One file a kind of doubt; the registry of all lines is `tasks/answering/scorecard.py`."""
