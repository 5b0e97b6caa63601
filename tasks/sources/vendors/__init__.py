"""What makers of devices and apps export, one vendor per file, each a table of its columns."""
