"""Codes of 16 digits in messages: they need no id and no user beside them.

15 digits are almost 50 bits, and one is a check digit. They are derived from the pepper: a message that is
sent again carries the same code, and a copy of the database reveals no code. Wrong ones are limited per
network, so no stranger can use up somebody's tries.
"""

import hashlib
import hmac
import uuid

from sqlalchemy.orm import Session

from govah_verify.check_digit import append_check_digit, has_valid_check_digit
from services.auth.models import FailedAttempt
from services.kit.attempts import Limit, Reservation, derive_attempt_key, reserve_attempt
from services.kit.network import find_network
from services.kit.text import NotDigits, normalise_code

CODE_LENGTH = 16
# Wrong codes of a network. There are 10^15 codes, of which a handful are valid.
PER_NETWORK = (Limit(30, 3600),)


def derive_code(pepper: bytes, purpose: str, owner_id: uuid.UUID) -> str:
    """Return the code of a row for a purpose."""
    digest = hmac.digest(pepper, f"{purpose} code\x1f".encode() + owner_id.bytes, hashlib.sha256)
    digits = f"{int.from_bytes(digest) % 10 ** (CODE_LENGTH - 1):015}"
    return append_check_digit(digits)


def hash_code(pepper: bytes, purpose: str, code: str) -> str:
    """Return the hash by which a code is found."""
    return hmac.new(pepper, f"{purpose}\x1f{code}".encode(), hashlib.sha256).hexdigest()


def group_code(code: str) -> str:
    """Return a code in groups, as people copy it: 1234 5678 9012 3456."""
    return " ".join(code[start : start + 4] for start in range(0, len(code), 4))


def parse_code(typed: str) -> str | None:
    """Return a typed code in ASCII digits, None if it is malformed."""
    try:
        code = normalise_code(typed)
    except NotDigits:
        return None
    return code if len(code) == CODE_LENGTH and has_valid_check_digit(code) else None


def count_try(session: Session, pepper: bytes, purpose: str, source: str) -> Reservation:
    """Return a try of a code, counted as failed until it is cancelled. Raises TooManyAttempts."""
    key = derive_attempt_key(pepper, purpose, find_network(source))
    return reserve_attempt(session, FailedAttempt, {key: PER_NETWORK})
