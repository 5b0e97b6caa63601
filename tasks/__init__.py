"""The six stages as recipes: read, compute, validate, write. No Prefect here; `flows` turns them into tasks."""
