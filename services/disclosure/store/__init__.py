"""Queries of disclosure. Actions call them inside a transaction; no query commits."""
