"""State-space inference and causal reasoning over it: specs and arrays in, arrays out."""

import jax

jax.config.update("jax_enable_x64", True)  # covariances need double precision
