"""How often a true graph is rejected, and how often a graph without one true edge is."""
