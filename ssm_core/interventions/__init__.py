"""The counterfactual forecast of an intervention study: what the steps before it say about the steps after it."""
