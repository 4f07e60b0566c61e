"""The solver as a process of its own: requests in, answers out, JSON lines."""
