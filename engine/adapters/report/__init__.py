"""Answers as text: tables for people; the JSON twin is made beside each."""
