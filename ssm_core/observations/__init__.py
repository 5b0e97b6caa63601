"""How a recorded series comes about from the states: one observation family per file, one line each in the registry."""
