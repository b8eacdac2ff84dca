"""Attacks on a running system, as a stranger with the source at hand would try them: `make attack`."""
