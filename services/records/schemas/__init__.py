"""The schemas of requests and responses, by noun. Used by `routes` only."""
