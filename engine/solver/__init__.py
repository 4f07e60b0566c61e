"""The maths: pure functions from values to values. No files, no clock, no network."""
