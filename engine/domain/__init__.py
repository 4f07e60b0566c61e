"""The words of the trade: frozen values that every other room speaks. No maths, no files."""
