"""Files whose columns are known beforehand: how a layout is written down and how a file is read by it."""
