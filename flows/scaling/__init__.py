"""Many people: one study each, side by side, through the task runners of Prefect."""
