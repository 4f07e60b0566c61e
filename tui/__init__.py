"""The terminal app: it shows values and posts edits; everything it knows comes from the engine."""
