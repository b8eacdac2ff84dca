"""The acts of records, as verbs. Routes and commands call them inside a transaction that they have opened."""
