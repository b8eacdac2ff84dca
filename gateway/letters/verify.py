"""What a letter's file, or the text of its QR code, proves by itself. Called by `govah letter`.

It cannot say whether a letter was superseded or revoked since: the public page of the letter can.
"""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader

from services.kit.problems import Text
from services.kit.proof import letter_token
from services.kit.proof.cms import SignatureMalformed
from services.kit.proof.letter_token import LetterClaims
from services.kit.proof.signed_file import NotSigned, NotWhole, SignedFile, read_signed
from services.kit.proof.trust import NotTrusted, Trust, demand_chain

STATEMENT = "statement.json"

NOT_SIGNED = Text(
    "این پرونده امضای نامه را ندارد؛ نامه ما نیست یا امضایش برداشته شده است.",
    "The file has no signature of a letter: it is none of ours, or its signature was taken off.",
)
NOT_WHOLE = Text(
    "امضا همه پرونده را در بر نمی‌گیرد: پس از امضا چیزی افزوده یا بریده شده است.",
    "The signature does not cover the whole file: something was added after it, or cut off.",
)
MALFORMED = Text(
    "امضا به شکل امضای نامه‌های ما نیست: دست‌کاری شده یا ساخته دیگری است.",
    "The signature is not laid out like ours: it was tampered with, or made by somebody else.",
)
CHANGED = Text(
    "نامه پس از امضا تغییر کرده است.",
    "The letter was changed after it was signed.",
)
NOT_TRUSTED = Text(
    "امضا از سازمان نیست: گواهی آن به کلیدهای مورد اعتماد نمی‌رسد یا در زمان امضا معتبر نبوده است.",
    "The signature is not the organisation's: its certificate is not trusted, or was not valid then.",
)
TOKEN_MALFORMED = Text(
    "متن رمزینه، متن رمزینه نامه نیست یا نسخه آن شناخته نیست. همه متن پس از # لازم است.",
    "The text is not of a letter's QR code, or of an unknown version. All that follows the # is needed.",
)
KEY_UNKNOWN = Text(
    "کلیدی که رمزینه با آن امضا شده است میان کلیدهای مورد اعتماد نیست.",
    "The key that signed the QR code is none of the trusted ones.",
)
TOKEN_CHANGED = Text("متن رمزینه تغییر کرده است.", "The text of the QR code was changed.")
OTHER_SERIAL = Text(
    "شماره سریال نشانی با شماره سریال امضاشده یکی نیست.",
    "The serial number in the address is not the one that was signed.",
)
STATEMENT_DIFFERS = Text(
    "داده ماشین‌خوان نامه با رمزینه آن یکی نیست.",
    "The statement inside the letter is not the one of its QR code.",
)


class NotProved(Exception):
    """The letter proves nothing; `reason` says what is wrong, in both languages."""

    def __init__(self, reason: Text) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class ProvedLetter:
    """What a file proves. `signed_at` is by the signer's clock."""

    claims: LetterClaims
    signed_at: datetime
    signer: str
    has_time_stamp: bool


def verify_file(data: bytes, trust: Trust) -> ProvedLetter:
    """Return what a letter's file proves. Raises NotProved."""
    signed = _signed(data)
    try:
        demand_chain(signed.signature.certificates, trust, signed.signed_at)
    except NotTrusted:
        raise NotProved(NOT_TRUSTED) from None
    claims = verify_qr(signed.proof_url, trust)
    # Only now is the file parsed: it is the organisation's own.
    statement = _statement(data)
    if (
        statement is None
        or letter_token.hash_of(statement)[: letter_token.HASH_BYTES] != claims.statement_hash
    ):
        raise NotProved(STATEMENT_DIFFERS)
    certificate = signed.signature.certificates[0]
    return ProvedLetter(
        claims,
        signed.signed_at,
        certificate.subject.rfc4514_string(),
        signed.signature.time_stamp is not None,
    )


def verify_qr(text: str, trust: Trust) -> LetterClaims:
    """Return what the text of a QR code, or what follows its #, proves. Raises NotProved."""
    address, _, token = text.strip().rpartition("#")
    try:
        claims = letter_token.read(token, trust.letter_keys)
    except letter_token.TokenMalformed:
        raise NotProved(TOKEN_MALFORMED) from None
    except letter_token.KeyUnknown:
        raise NotProved(KEY_UNKNOWN) from None
    except InvalidSignature:
        raise NotProved(TOKEN_CHANGED) from None
    if address and address.rpartition("/l/")[2] != claims.serial:
        raise NotProved(OTHER_SERIAL)
    return claims


def _signed(data: bytes) -> SignedFile:
    try:
        return read_signed(data)
    except NotSigned:
        raise NotProved(NOT_SIGNED) from None
    except NotWhole:
        raise NotProved(NOT_WHOLE) from None
    except SignatureMalformed:
        raise NotProved(MALFORMED) from None
    except InvalidSignature:
        raise NotProved(CHANGED) from None


def _statement(data: bytes) -> Mapping[str, Any] | None:
    try:
        names = PdfFileReader(io.BytesIO(data)).root["/Names"]["/EmbeddedFiles"]["/Names"]
        files = {str(names[place]): names[place + 1].get_object() for place in range(0, len(names), 2)}
        content = files[STATEMENT]["/EF"]["/F"].data
        statement: Mapping[str, Any] = json.loads(content)
    except (PdfError, KeyError, IndexError, TypeError, ValueError, AttributeError):
        return None
    return statement
