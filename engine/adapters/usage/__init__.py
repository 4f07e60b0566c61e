"""Usage records: what went through a router, read by DuckDB and grouped by label.

Each source is a SQL query with the columns of `base.COLUMNS`; one query over it makes the summary.
"""
