"""Studies of real data with a published or true answer, run through the whole pipeline."""
