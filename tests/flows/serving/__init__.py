"""Laws of the server, the inbox and what is served."""
