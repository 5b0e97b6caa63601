"""From a model and a record to a posterior: density, modes, samplers, weights."""
