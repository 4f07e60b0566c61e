"""Doubts about a catalogue: each check is `catalog -> findings`, pure."""
