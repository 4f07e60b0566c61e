"""tui/document."""
