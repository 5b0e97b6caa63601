"""The four things a language model is asked, one per file."""
