"""The check values of a person on a printed letter, and whether a typed name or number fits them.

A check value is the first 16 bits of `SHA-256(label + NUL + serial number in 6 bytes + NUL + text)`, and 1
instead of 0, which stands for a missing name or number. It is short on purpose: another person's name fits
once in 65,535 times, and thousands of codes fit, so that the value reveals none. The serial number makes the
values of one person differ on each letter.
"""

import re
from collections.abc import Iterable
from hashlib import sha256

from govah_verify.names import ZWNJ, drop_unseen, fold_name, normalise_digits

NAME_LABEL = b"govah letter name"
NATIONAL_CODE_LABEL = b"govah letter national code"
INSURANCE_NUMBER_LABEL = b"govah letter insurance number"
ABSENT = 0
NATIONAL_CODE_DIGITS = 10
# Of a typed name. More words are not turned around, and further characters are not read.
MAX_WORDS, MAX_NAME_LENGTH = 12, 250

_SEPARATORS = re.compile(rf"[\s{ZWNJ}\u2010-\u2015\u2212-]+")
_NUMBER = re.compile("[0-9]{1,10}")


def compute_value(label: bytes, serial: str, text: str) -> int:
    """Return the check value of a folded text on the letter of a serial number."""
    digest = sha256(label + b"\0" + int(serial).to_bytes(6, "big") + b"\0" + text.encode()).digest()
    return int.from_bytes(digest[:2], "big") or 1


def compute_name_value(serial: str, name: str) -> int:
    """Return the check value of a full name; ABSENT of an empty one."""
    folded = fold_name(name)
    return compute_value(NAME_LABEL, serial, folded) if folded else ABSENT


def compute_number_value(serial: str, national_code: str | None, insurance_number: str | None) -> int:
    """Return the check value of the national code, without one of the insurance number, or ABSENT."""
    if national_code:
        return compute_value(NATIONAL_CODE_LABEL, serial, national_code)
    if insurance_number:
        return compute_value(INSURANCE_NUMBER_LABEL, serial, insurance_number.lstrip("0"))
    return ABSENT


def build_initials(first_name: str, last_name: str) -> str:
    """Return the first letters of both names, folded as names are; a name without letters has none."""
    names = (fold_name(first_name), fold_name(last_name))
    return "".join(next(filter(str.isalpha, name), "") for name in names)


def is_same_name(value: int, serial: str, typed: str) -> bool:
    """Return whether a typed full name has a check value, the family name first or last."""
    return value != ABSENT and any(
        compute_name_value(serial, name) == value for name in _list_orders(typed[:MAX_NAME_LENGTH])
    )


def is_same_number(value: int, serial: str, typed: str) -> bool:
    """Return whether a typed national code or insurance number has a check value.

    Leading zeros of either may be missing.
    """
    number = read_number(typed)
    if number is None or value == ABSENT:
        return False
    values = (
        compute_value(NATIONAL_CODE_LABEL, serial, number.zfill(NATIONAL_CODE_DIGITS)),
        compute_value(INSURANCE_NUMBER_LABEL, serial, number.lstrip("0")),
    )
    return value in values


def read_number(typed: str) -> str | None:
    """Return the ASCII digits of a typed number without separators, or None if the text is not a number."""
    digits = _SEPARATORS.sub("", normalise_digits(drop_unseen(typed)))
    return digits if _NUMBER.fullmatch(digits) else None


def _list_orders(typed: str) -> Iterable[str]:
    """Return the name as typed, then each with the last words first: many write the family name first."""
    words = typed.split()
    if len(words) > MAX_WORDS:
        return [typed]
    return [" ".join(words[place:] + words[:place]) for place in range(max(len(words), 1))]
