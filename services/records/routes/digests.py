"""The digest of a body that a caller states in `Content-Digest` (RFC 9530)."""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator

from werkzeug.http import parse_dict_header

from services.records.refusals import DigestUnreadable, PartDamaged

# The algorithms that RFC 9530 calls active.
ALGORITHMS = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}
# A sequence of bytes, and parameters (RFC 8941).
_BYTES = re.compile(r":([A-Za-z0-9+/]*={0,2}):(?:[ ]*;.*)?")


def check_digest(header: str | None, content: bytes) -> None:
    """Raise PartDamaged unless the content has the digests of a header, if there is one.

    Raises DigestUnreadable for a header without a digest of a known algorithm: its sender expects a check.
    """
    if header is None:
        return
    stated = dict(_list_digests(header))
    if not stated:
        raise DigestUnreadable
    if any(ALGORITHMS[name](content).digest() != digest for name, digest in stated.items()):
        raise PartDamaged


def _list_digests(header: str) -> Iterator[tuple[str, bytes]]:
    """Yield the digests of known algorithms. Raises DigestUnreadable if any member is malformed."""
    for name, value in parse_dict_header(header).items():
        match = _BYTES.fullmatch(value or "")
        if match is None:
            raise DigestUnreadable
        try:
            digest = base64.b64decode(match[1], validate=True)
        except binascii.Error:
            raise DigestUnreadable from None
        if name in ALGORITHMS:
            yield name, digest
