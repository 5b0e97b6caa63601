"""How well a language model, or the rules without one, fill the roles: cases with expected answers, scored."""
