"""What the graphs that the record adds do to the answer, where nobody says which column matters."""
