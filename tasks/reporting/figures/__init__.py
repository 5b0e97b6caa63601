"""Functions from results to Vega-Lite specifications."""

from tasks.reporting.figures.exploration import exploration_figures

__all__ = ["exploration_figures"]
