"""Errors that keep a letter from being rendered; disclosure gets their `code`."""


class AttemptStale(Exception):
    """Another attempt has the request now."""


class StatementTooLarge(ValueError):
    """The statement is larger than any real record."""

    code = "statement-too-large"
