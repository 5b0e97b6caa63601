"""The linear-Gaussian state-space recursions in JAX: filter, smoother, simulation, their witnesses."""

import jax

jax.config.update("jax_enable_x64", True)  # covariances need double precision
