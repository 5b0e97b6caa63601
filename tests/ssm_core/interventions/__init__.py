"""Tests of the robustness figures."""
