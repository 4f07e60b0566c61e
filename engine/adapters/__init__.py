"""The outside world: text in, values out, and back; one place for the disk."""
