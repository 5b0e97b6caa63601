"""Whether a posterior may be believed: convergence, predictions, the prior's own predictions."""
