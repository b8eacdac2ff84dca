"""What the file of a letter, or the text of its QR code, proves offline. Called by `report`.

Neither shows whether the letter was superseded or revoked since. Its public page does.
"""

import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from pyhanko.pdf_utils.reader import PdfFileReader

from govah_verify import letter_token, messages
from govah_verify.check_digit import has_valid_check_digit
from govah_verify.examination import Result, examine_file
from govah_verify.guard import run_guarded
from govah_verify.letter_token import LetterClaims
from govah_verify.names import ZWNJ, drop_unseen, normalise_digits
from govah_verify.texts import Text
from govah_verify.traces import Paper
from govah_verify.trust import Trust
from govah_verify.validation import TimeStamp

STATEMENT = "statement.json"
_GAPS = re.compile(rf"[\s{ZWNJ}]+")


class NotProved(Exception):
    """The file or text proves nothing; `reason` is what is wrong, `result` what the file is.

    `traces` are the signed tokens in the bytes of a file.
    """

    def __init__(self, reason: Text, result: Result = Result.ALTERED, traces: Sequence[Paper] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.result = result
        self.traces = traces


@dataclass(frozen=True)
class ProvedLetter:
    """What a genuine file proves. `signed_at` is by the signer's clock."""

    claims: LetterClaims
    signed_at: datetime
    signer: str
    time_stamp: TimeStamp


def verify_file(data: bytes, trust: Trust) -> ProvedLetter:
    """Return what the file of a letter proves. Raises NotProved, and nothing else for any bytes."""
    examination = examine_file(data, trust)
    signed = examination.signed
    if examination.result != Result.GENUINE or signed is None:
        reason = messages.describe_cause(examination.cause, examination.result)
        raise NotProved(reason, examination.result, examination.papers)
    # The signature covers the address. It may be an older address of the organisation, so it is not compared.
    try:
        address, claims = _read_qr(signed.proof_url, trust)
    except NotProved as error:
        # An old trust file may not name the key. Any other reason contradicts our signature.
        is_undecided = error.reason == messages.KEY_UNKNOWN
        raise NotProved(error.reason, Result.CANNOT_TELL if is_undecided else Result.ALTERED) from None
    if not address.endswith(f"/l/{claims.serial}"):
        raise NotProved(messages.OTHER_SERIAL)
    # The file is parsed only now: it is the organisation's own.
    if run_guarded(lambda: _hash_statement(data), b"") != claims.statement_hash:
        raise NotProved(messages.STATEMENT_DIFFERS)
    signer = signed.signature.certificates[0].subject.rfc4514_string()
    return ProvedLetter(claims, signed.signed_at, signer, examination.time_stamp)


def clean_qr_text(text: str) -> str:
    """Return the text of a QR code without what messages add: spaces, line ends, unseen marks."""
    return _GAPS.sub("", normalise_digits(drop_unseen(text)))


def verify_qr(text: str, trust: Trust) -> LetterClaims:
    """Return the claims that the text of a QR code, or the part after its #, proves. Raises NotProved.

    An address in the text must be one of the trust's public addresses. The text may be copied from a message,
    where lines were broken and marks of direction were added.
    """
    address, claims = _read_qr(clean_qr_text(text), trust)
    if not address:
        return claims
    if not trust.public_urls:
        raise NotProved(messages.ADDRESS_UNKNOWN, Result.CANNOT_TELL)
    if not is_own_address(address, claims.serial, trust):
        hosts = [_split_address(url)[0] for url in trust.public_urls]
        is_other_host = _split_address(address)[0] not in hosts
        raise NotProved(messages.OTHER_ADDRESS if is_other_host else messages.OTHER_SERIAL, Result.NOT_OURS)
    return claims


def is_own_address(address: str, serial: str | None, trust: Trust) -> bool:
    """Return whether an address is that of a letter's public page: of one serial number, or of any."""
    host, path = _split_address(address)
    for url in trust.public_urls:
        own_host, prefix = _split_address(f"{url.rstrip('/')}/l/")
        if host == own_host and path.startswith(prefix):
            number = path.removeprefix(prefix)
            if number == serial or (serial is None and has_valid_check_digit(number)):
                return True
    return False


def _split_address(address: str) -> tuple[str, str]:
    """Return the normalised host and the path of an address; the host is empty for an invalid address."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return "", address
    default_port = {"http": 80, "https": 443}.get(parts.scheme)
    if default_port is None or parts.username is not None or parts.password is not None or not parts.hostname:
        return "", address
    host = parts.hostname.rstrip(".")
    query = f"?{parts.query}" if "?" in address else ""
    return (host if port in (None, default_port) else f"{host}:{port}"), parts.path + query


def _read_qr(text: str, trust: Trust) -> tuple[str, LetterClaims]:
    """Return the address of a QR code, which may be empty, and the claims of its token. Raises NotProved."""
    address, _, token = text.strip().rpartition("#")
    try:
        return address, letter_token.verify_token(token, trust.letter_keys)
    except letter_token.KeyUnknown:
        raise NotProved(messages.KEY_UNKNOWN, Result.NOT_OURS) from None
    except InvalidSignature:
        raise NotProved(messages.TOKEN_CHANGED) from None
    except (letter_token.TokenMalformed, ValueError, OverflowError):
        raise NotProved(messages.TOKEN_MALFORMED, Result.NOT_OURS) from None


def _hash_statement(data: bytes) -> bytes:
    """Return the beginning of the hash of a letter's attached statement. Raises what pyHanko raises."""
    names = PdfFileReader(io.BytesIO(data)).root["/Names"]["/EmbeddedFiles"]["/Names"]
    files = {str(names[index]): names[index + 1].get_object() for index in range(0, len(names), 2)}
    statement: Mapping[str, Any] = json.loads(files[STATEMENT]["/EF"]["/F"].data)
    return letter_token.hash_statement(statement)[: letter_token.HASH_BYTES]
