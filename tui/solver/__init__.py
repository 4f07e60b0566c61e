"""tui/solver."""
