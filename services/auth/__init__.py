"""Accounts, sessions, institutions and the only private keys that sign tokens."""
