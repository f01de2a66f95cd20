"""Athena: workgroups, named queries and query executions, run by DuckDB on the objects that the caller may read."""
