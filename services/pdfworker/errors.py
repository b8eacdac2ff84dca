"""What can keep a letter from being rendered; `code` is what disclosure is told."""


class AttemptStale(Exception):
    """Another attempt has the request now."""


class StatementTooLarge(ValueError):
    """The statement is larger than any real record."""

    code = "statement-too-large"
