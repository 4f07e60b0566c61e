"""Measuring offers with real requests: time to the first token, tokens a second, spread."""
