"""The name of a list's files as it is stored: their path as officers know it."""

from collections.abc import Mapping
from typing import Any

from services.kit.text import ZWNJ
from services.records.models.files import MAX_PATH_LENGTH


def read_file_name(fields: Mapping[str, Any]) -> str | None:
    """Return the name of the files of an upload that is stored: the one that was sent, or the header's."""
    return cut_path(fields["file_name"] or fields["header"].filename or "").strip() or None


def cut_path(path: str) -> str:
    """Return a path that can be stored and text: one that is too long without its beginning.

    U+FFFD stands for what cannot: controls, marks of direction, and bytes of an old code page.
    """
    text = "".join(letter if letter.isprintable() or letter == ZWNJ else "\ufffd" for letter in path)
    return text if len(text) <= MAX_PATH_LENGTH else "…" + text[1 - MAX_PATH_LENGTH :]
