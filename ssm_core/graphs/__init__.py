"""Causal graphs over unrolled time: paths, identification."""
