"""What a language model is asked before the fit beyond roles and graphs, and how its answers are judged."""
