"""What a letter's file, or the text of its QR code, proves by itself. Called by `report`.

It cannot say whether a letter was superseded or revoked since: the public page of the letter can.
"""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from pyhanko.pdf_utils.reader import PdfFileReader

from govah_verify import letter_token
from govah_verify import messages as words
from govah_verify.border import attempt
from govah_verify.examine import Result, examine
from govah_verify.judge import TimeStamp
from govah_verify.letter_token import LetterClaims
from govah_verify.texts import Text
from govah_verify.trust import Trust

STATEMENT = "statement.json"


class NotProved(Exception):
    """The letter proves nothing; `reason` says what is wrong and `result` what the file is."""

    def __init__(self, reason: Text, result: Result = Result.ALTERED) -> None:
        super().__init__(reason)
        self.reason = reason
        self.result = result


@dataclass(frozen=True)
class ProvedLetter:
    """What a file proves. `signed_at` is by the signer's clock."""

    claims: LetterClaims
    signed_at: datetime
    signer: str
    time_stamp: TimeStamp


def verify_file(data: bytes, trust: Trust) -> ProvedLetter:
    """Return what a letter's file proves. Raises NotProved, and nothing else whatever the bytes are."""
    examined = examine(data, trust)
    signed = examined.signed
    if examined.result != Result.GENUINE or signed is None:
        raise NotProved(words.of_cause(examined.cause, examined.result), examined.result)
    # Where the letter says it can be asked about is signed; an address of before a move counts too.
    try:
        address, claims = _read_qr(signed.proof_url, trust)
    except NotProved as error:
        # An old trust file may not name the key; all else is not as we sign.
        is_open = error.reason == words.KEY_UNKNOWN
        raise NotProved(error.reason, Result.CANNOT_TELL if is_open else Result.ALTERED) from None
    if not address.endswith(f"/l/{claims.serial}"):
        raise NotProved(words.OTHER_SERIAL)
    # Only now is the file parsed: it is the organisation's own.
    if attempt(lambda: _hash_statement(data), b"") != claims.statement_hash:
        raise NotProved(words.STATEMENT_DIFFERS)
    signer = signed.signature.certificates[0].subject.rfc4514_string()
    return ProvedLetter(claims, signed.signed_at, signer, examined.time_stamp)


def verify_qr(text: str, trust: Trust) -> LetterClaims:
    """Return what the text of a QR code, or what follows its #, proves. Raises NotProved.

    An address in it must be one of the organisation's, as the trust names them.
    """
    address, claims = _read_qr(text, trust)
    if not address:
        return claims
    if not trust.public_urls:
        raise NotProved(words.ADDRESS_UNKNOWN, Result.CANNOT_TELL)
    places = [url.rstrip("/") for url in trust.public_urls]
    if _split(address) not in [_split(f"{place}/l/{claims.serial}") for place in places]:
        is_elsewhere = _split(address)[0] not in [_split(place)[0] for place in places]
        raise NotProved(words.OTHER_ADDRESS if is_elsewhere else words.OTHER_SERIAL, Result.NOT_OURS)
    return claims


def _split(address: str) -> tuple[str, str]:
    """Return host and path of an address, in one form; a host that none has for one that cannot be read."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return "", address
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    if usual is None or parts.username is not None or parts.password is not None or not parts.hostname:
        return "", address
    host = parts.hostname.rstrip(".")
    more = f"?{parts.query}" if "?" in address else ""
    return (host if port in (None, usual) else f"{host}:{port}"), parts.path + more


def _read_qr(text: str, trust: Trust) -> tuple[str, LetterClaims]:
    address, _, token = text.strip().rpartition("#")
    try:
        return address, letter_token.read(token, trust.letter_keys)
    except letter_token.KeyUnknown:
        raise NotProved(words.KEY_UNKNOWN, Result.NOT_OURS) from None
    except InvalidSignature:
        raise NotProved(words.TOKEN_CHANGED) from None
    except (letter_token.TokenMalformed, ValueError, OverflowError):
        raise NotProved(words.TOKEN_MALFORMED, Result.NOT_OURS) from None


def _hash_statement(data: bytes) -> bytes:
    """Return the beginning of the hash of the statement inside a letter. Raises what pyHanko raises."""
    names = PdfFileReader(io.BytesIO(data)).root["/Names"]["/EmbeddedFiles"]["/Names"]
    files = {str(names[place]): names[place + 1].get_object() for place in range(0, len(names), 2)}
    statement: Mapping[str, Any] = json.loads(files[STATEMENT]["/EF"]["/F"].data)
    return letter_token.hash_of(statement)[: letter_token.HASH_BYTES]
