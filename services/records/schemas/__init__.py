"""What comes in and what goes out over HTTP, by noun. Used by `routes` only."""
