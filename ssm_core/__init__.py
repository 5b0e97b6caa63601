"""State-space inference and causal reasoning over it: specs and arrays in, arrays out."""
