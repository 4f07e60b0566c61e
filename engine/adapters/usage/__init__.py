"""Usage records: what went through a router, read and grouped by label."""
