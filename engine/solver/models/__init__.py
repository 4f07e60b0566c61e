"""engine/solver/models."""
