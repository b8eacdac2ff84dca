"""The `govah` program: its command, one machine's system, samples and operations."""
