"""Answers as text for people, and beside each the same as data for --json."""
