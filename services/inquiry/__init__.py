"""Permits, sealed copies of letters, and the answers institutions get."""
