"""What could make an estimate wrong, and by how much: sensitivity figures and quick refits."""
