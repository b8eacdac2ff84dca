"""What a file holds of ours although its signature does not hold: signed tokens of QR codes, and traces.

Only our key makes tokens, so a file that bears one and is no letter of ours was made from one. A trace, such
as the key of our certificate or our public address, anybody can write.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from govah_verify import letter_token
from govah_verify.check_digit import is_checked
from govah_verify.letter_token import LetterClaims
from govah_verify.trust import Purpose, Trust
from govah_verify.windows import texts_of

_TOKEN = re.compile(rb"#([A-Za-z0-9_-]{135})(?![A-Za-z0-9_-])")
# Tokens that name a key of ours are verified, at most so many.
MOST_TOKENS = 16
MOST_SEEN = 1_000


@dataclass
class Marks:
    """What was found: what tokens say, and whether there is a trace."""

    claims: list[LetterClaims] = field(default_factory=list)
    has_trace: bool = False


def find_marks(data: bytes, trust: Trust) -> Marks:
    """Return what a file holds of ours, in time that is linear in the file."""
    marks, traces, seen = Marks(), _traces_of(trust), set[bytes]()
    for text in texts_of(data):
        lowered = text.lower()
        marks.has_trace = marks.has_trace or any(_is_trace(trace, lowered) for trace in traces)
        for found in _TOKEN.finditer(text):
            if len(seen) >= MOST_SEEN or len(marks.claims) >= MOST_TOKENS:
                break
            if found[1] not in seen:
                seen.add(found[1])
                _add_claims(marks, found[1].decode("ascii"), trust)
    return marks


def _add_claims(marks: Marks, token: str, trust: Trust) -> None:
    try:
        marks.claims.append(letter_token.read(token, trust.letter_keys))
    except (letter_token.TokenMalformed, letter_token.KeyUnknown):
        return
    except (InvalidSignature, ValueError, OverflowError):
        # It names our key and was changed, or says what no calendar has.
        marks.has_trace = True


def _traces_of(trust: Trust) -> Sequence[bytes]:
    """Return, in lowercase, what only files that have to do with our letters are likely to hold."""
    keys = (
        one.certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)[-64:]
        for one in trust.named_for(Purpose.LETTERS)
    )
    hosts = (urlsplit(url).netloc.encode("ascii", "ignore") for url in trust.public_urls)
    return [key.hex().encode() for key in keys] + [host.lower() + b"/l/" for host in hosts if host]


def _is_trace(trace: bytes, text: bytes) -> bool:
    if not trace.endswith(b"/l/"):
        return trace in text
    place = text.find(trace)
    while place >= 0:
        place += len(trace)
        serial = text[place : place + 13]
        if serial.isdigit() and is_checked(serial.decode("ascii")):
            return True
        place = text.find(trace, place)
    return False
