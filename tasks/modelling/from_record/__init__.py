"""What the record itself says of the edges of a causal graph, and the candidate graphs that it adds."""
