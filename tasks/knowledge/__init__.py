"""General knowledge about health and behaviour, curated and sourced, for studies without a language model."""
