"""What inquiry does, as verbs. Routes, background and commands call these; nothing here knows HTTP."""
