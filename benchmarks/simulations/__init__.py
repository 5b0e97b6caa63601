"""Studies with a known truth, sent through the functions that users run: coverage, refusal, false alarms."""
