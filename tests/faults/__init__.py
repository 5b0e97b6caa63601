"""Laws under kills, full disks and damaged files: the next run finishes with the same bytes."""
