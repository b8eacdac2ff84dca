"""Plumbing that all services share; no domain words of a single service live here."""
