"""Many routings x scenarios: what to solve, solving it here or on a cluster, and the table that comes out."""
