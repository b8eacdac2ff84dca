"""A client of Govah's public API."""
