"""engine/solver/compile."""
