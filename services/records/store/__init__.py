"""Queries of records by noun. Actions call them inside a transaction that somebody else opened."""
