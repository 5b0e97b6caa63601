"""What is known of a posterior before it is sampled: Gaussians that touch it, weights that say how well they fit."""
