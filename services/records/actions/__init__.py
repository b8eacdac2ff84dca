"""What records does, as verbs; routes call them inside a transaction that they have opened."""
