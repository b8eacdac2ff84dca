"""What workers do with a bulk import: claim it, import its lists in batches, and say what came of each."""
