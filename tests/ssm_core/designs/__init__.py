"""Tests of randomised designs."""
