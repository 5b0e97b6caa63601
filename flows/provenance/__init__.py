"""What lies in a study and where it came from: code versions, keys, hashes, restoring, the run log."""
