"""What each command of `causal-ssm` does; one file per command."""
