"""What auth does, as verbs. Routes, commands and background loops call these functions."""
