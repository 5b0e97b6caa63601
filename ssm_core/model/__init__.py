"""What a spec says, as tables and arrays: places, scales, priors, the record."""
