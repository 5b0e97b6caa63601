"""Format-true synthetic exports and the speed of reading them, beside published parsers."""
