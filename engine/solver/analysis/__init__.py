"""What if: the same question asked of other figures, each answer an optimum of its own."""
