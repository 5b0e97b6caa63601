"""The local server with its UI, studies served by schedule and by inbox, and what the UI shows of a run."""
