"""The catalogue browser: every offer in a fast table, with what it would cost and do for a label."""
