"""From a posterior to effects, a scorecard and a verdict in plain words."""
