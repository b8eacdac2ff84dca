"""Counted nouns in the output of commands."""


def format_count(count: int, noun: str, plural: str = "") -> str:
    """Return a number with its English noun: 1 list, 2 lists."""
    return f"{count} {noun if count == 1 else plural or f'{noun}s'}"
