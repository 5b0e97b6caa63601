"""What draws say about an intervention: responses, estimands, summaries, the verdict."""
