"""What the record says of a graph: probabilities of edges, weights of graphs, implications that it contradicts."""
