"""The one form in which a list's numbers are compared and stored, and all spellings of it that files use.

Spreadsheets drop and add leading zeros, and programs pad a number or leave it blank. So «01», «1», «» and
«000000000001» are one list number, and 12345678 is the workshop 0012345678. Rows that were stored before
numbers had one form are found by their spellings.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from services.kit.national_code import is_national_code
from services.kit.text import NotDigits, normalise_code

WORKSHOP_CODE_LENGTH = 10
MAX_LIST_NUMBER_LENGTH = 12
MAX_INSURANCE_NUMBER_LENGTH = 10
FIRST_LIST_NUMBER = "1"
INSURANCE_NUMBER_LENGTH = 8  # as it is printed on booklets; newer numbers have up to 10 digits
_SHORT_CODE_LENGTHS = (8, 9)
_DECIMALS = re.compile(r"(?<=[0-9])\.0*\Z")


def read_digits(text: str) -> str | None:
    """Return the digits of a listed number, without the point of a numeric column; None if it has others."""
    if text.isascii() and text.isdigit():
        return text
    try:
        return normalise_code(_DECIMALS.sub("", text))
    except NotDigits:
        return None


# Each row of a file repeats these two numbers.
@lru_cache(maxsize=256)
def canonicalise_list_number(text: str) -> str:
    """Return a list number without leading zeros; a blank one, or zeros only, is the first list."""
    digits = read_digits(text) if text else FIRST_LIST_NUMBER
    return text if digits is None else digits.lstrip("0") or FIRST_LIST_NUMBER


@lru_cache(maxsize=256)
def canonicalise_workshop_code(text: str) -> str:
    """Return a workshop code of digits padded to ten; a blank one, or zeros only, is blank."""
    digits = read_digits(text)
    if digits is None:
        return text
    significant = digits.lstrip("0")
    return significant.zfill(WORKSHOP_CODE_LENGTH) if significant else ""


def canonicalise_insurance_number(text: str) -> str:
    """Return an insurance number without leading zeros; zeros only are a blank."""
    digits = read_digits(text)
    return text if digits is None else digits.lstrip("0")


def canonicalise_national_code(text: str) -> str:
    """Return the ten digits of a national code, padded if it is short; anything else as it is listed."""
    digits = read_digits(text)
    if digits is None:
        return text
    return digits if len(digits) == 10 else find_padded_code(digits) or text


def find_padded_code(text: str) -> str | None:
    """Return the national code of which these 8 or 9 digits may have lost leading zeros, or None.

    One number in eleven is such a candidate by chance, so a row's name or insurance number must confirm it.
    """
    digits = read_digits(text)
    if digits is None or len(digits) not in _SHORT_CODE_LENGTHS:
        return None
    padded = digits.zfill(10)
    return padded if is_national_code(padded) else None


def is_usual_spelling(attribute: str, text: str, canonical: str) -> bool:
    """Return whether a number is listed in its canonical form or as the organisation's program writes it.

    That program writes list numbers with two digits and insurance numbers with eight.
    """
    digits = read_digits(text)
    width = {"list_number": 2, "insurance_number": INSURANCE_NUMBER_LENGTH}.get(attribute, 0)
    return (text if digits is None else digits) in {canonical, canonical.zfill(width)}


def list_number_spellings(number: str) -> Sequence[str]:
    """Return every spelling of a list number."""
    canonical = canonicalise_list_number(number)
    spellings = _list_padded(canonical, MAX_LIST_NUMBER_LENGTH)
    if canonical != FIRST_LIST_NUMBER:
        return spellings
    # A blank, and zeros only, are the first list too.
    return [*spellings, *("0" * length for length in range(MAX_LIST_NUMBER_LENGTH + 1))]


def list_workshop_code_spellings(code: str) -> Sequence[str]:
    """Return every spelling of a workshop code."""
    return _list_padded(code, WORKSHOP_CODE_LENGTH)


def list_insurance_number_spellings(number: str) -> Sequence[str]:
    """Return every spelling of an insurance number."""
    return _list_padded(number, MAX_INSURANCE_NUMBER_LENGTH)


def _list_padded(number: str, longest: int) -> Sequence[str]:
    """Return a number with no, one and more leading zeros, up to the longest column of such numbers.

    One that has other characters than digits has only one spelling.
    """
    digits = read_digits(number)
    if digits is None:
        return [number]
    significant = digits.lstrip("0")
    return [
        significant.zfill(length) for length in range(len(significant), max(longest, len(significant)) + 1)
    ]
