"""tui/controllers."""
