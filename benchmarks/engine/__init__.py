"""Speed of the engine on the reference problem, beside the field's libraries, on the same data and by one judge."""
