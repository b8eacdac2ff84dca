"""Checks letters without asking anybody, by the organisation's public keys alone: `govah letter`."""
