"""The front door: nginx in production, one event loop in the embedded mode, the same routes in both."""
