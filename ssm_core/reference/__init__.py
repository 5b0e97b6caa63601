"""The same model in JAX and NumPyro, as the textbook has it: the witness of the engine and its reference sampler."""

import jax

jax.config.update("jax_enable_x64", True)  # covariances need double precision
