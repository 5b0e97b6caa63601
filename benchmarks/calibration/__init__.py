"""Is the posterior that is computed the posterior of the model? Simulation-based calibration and recovery."""
