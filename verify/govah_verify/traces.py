"""Traces of our letters in a file without a valid signature: signed tokens of QR codes, and weaker hints.

Only our key signs tokens, so a file with such a token that is not our letter was made from one. Anyone can
write a hint, such as the public key of our certificate or our public address.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from govah_verify import letter_token
from govah_verify.check_digit import has_valid_check_digit
from govah_verify.chunks import iterate_searchable_chunks
from govah_verify.letter_token import LetterClaims
from govah_verify.trust import Purpose, Trust

_TOKEN = re.compile(
    rb"#([A-Za-z0-9_-]{%d,%d})(?![A-Za-z0-9_-])" % (letter_token.MIN_LENGTH, letter_token.MAX_LENGTH)
)
# Tokens whose signature is valid, and different tokens that are tried.
MAX_TOKENS = 16
MAX_CANDIDATES = 1_000


@dataclass(frozen=True)
class Paper:
    """A genuine token and its claims."""

    token: str
    claims: LetterClaims


@dataclass
class Traces:
    """The signed tokens in a file, and whether it has a weaker hint."""

    papers: list[Paper] = field(default_factory=list)
    has_hint: bool = False


def find_traces(data: bytes, trust: Trust) -> Traces:
    """Return the traces of our letters in a file, in time that is linear in its size."""
    traces, hints, seen = Traces(), _list_hints(trust), set[bytes]()
    for chunk in iterate_searchable_chunks(data):
        lowered = chunk.lower()
        traces.has_hint = traces.has_hint or any(_has_hint(lowered, hint) for hint in hints)
        for match in _TOKEN.finditer(chunk):
            if len(seen) >= MAX_CANDIDATES or len(traces.papers) >= MAX_TOKENS:
                break
            if match[1] not in seen:
                seen.add(match[1])
                _add_paper(traces, match[1].decode("ascii"), trust)
    return traces


def _add_paper(traces: Traces, token: str, trust: Trust) -> None:
    try:
        traces.papers.append(Paper(token, letter_token.verify_token(token, trust.letter_keys)))
    except (letter_token.TokenMalformed, letter_token.KeyUnknown):
        return
    except (InvalidSignature, ValueError, OverflowError):
        # It names our key and was changed, or its date is invalid.
        traces.has_hint = True


def _list_hints(trust: Trust) -> Sequence[bytes]:
    """Return, in lowercase, bytes that hardly any file has except those made from our letters."""
    keys = (
        entry.certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)[-64:]
        for entry in trust.select_for(Purpose.LETTERS)
    )
    hosts = (urlsplit(url).netloc.encode("ascii", "ignore") for url in trust.public_urls)
    return [key.hex().encode() for key in keys] + [host.lower() + b"/l/" for host in hosts if host]


def _has_hint(text: bytes, hint: bytes) -> bool:
    """Return whether a lowercase text has a hint; an address counts only before a valid serial number."""
    if not hint.endswith(b"/l/"):
        return hint in text
    place = text.find(hint)
    while place >= 0:
        place += len(hint)
        serial = text[place : place + 13]
        if serial.isdigit() and has_valid_check_digit(serial.decode("ascii")):
            return True
        place = text.find(hint, place)
    return False
