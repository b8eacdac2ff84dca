"""How a running system is: for a terminal, a script or a probe. `look` asks, `words` says it."""
