"""JSON in the one form of RFC 8785, so that two programs get the same hash of the same document."""

import hashlib
import json
from typing import Any


def write_canonical_json(document: Any) -> bytes:
    """Return a document of objects with ASCII names, lists, texts, whole numbers, booleans and null.

    Raises ValueError for other numbers, whose form Python does not write.
    """
    _check_numbers(document)
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def compute_json_hash(document: Any) -> str:
    """Return the SHA-256 of a document in canonical form, in lowercase hex."""
    return hashlib.sha256(write_canonical_json(document)).hexdigest()


def _check_numbers(value: Any) -> None:
    if isinstance(value, float):
        raise ValueError("only whole numbers have a canonical form here")  # noqa: TRY004 -- of a document
    if isinstance(value, dict):
        for name, member in value.items():
            if not name.isascii():
                raise ValueError("only ASCII names are sorted alike everywhere")
            _check_numbers(member)
    elif isinstance(value, list | tuple):
        for member in value:
            _check_numbers(member)
