"""Published and private evaluations -> figures, 0-100: one file a format, none touches disk or network."""
