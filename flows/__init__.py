"""Order, caching, versioning, and the command line of the six stages."""
