"""Randomised designs: tests that need no model, and what a next experiment would show."""
