"""Criteria on the latent projection: separation, adjustment, front door, the complete algorithm."""
