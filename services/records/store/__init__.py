"""Queries of records by noun. Actions call them inside a transaction that the route opened."""
