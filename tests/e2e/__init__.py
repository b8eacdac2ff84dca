"""Whole journeys over HTTP against the embedded system, by a client that knows only the public contract."""
