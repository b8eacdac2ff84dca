"""Secret codes: sixteen digits, the last one a check digit. Called by `permits` and schemas."""

import secrets

from govah_verify.check_digit import append_check_digit, has_valid_check_digit
from services.inquiry.errors import CodeMistyped, NationalCodeInsteadOfCode, SerialInsteadOfCode
from services.kit.national_code import is_national_code
from services.kit.text import NotDigits, normalise_code

CODE_LENGTH = 16
SERIAL_LENGTH = 13


def new_code() -> str:
    """Return a new code: 15 digits from the system's randomness (almost 50 bits) and a check digit.

    The check digit is Damm's: it catches every single wrong digit and every swap of two neighbours, the two
    mistakes people make. Luhn and ISO 7064's MOD 11,10 miss some swaps. MOD 97,10 needs a second digit.
    """
    digits = f"{secrets.randbelow(10 ** (CODE_LENGTH - 1)):015}"
    return append_check_digit(digits)


def format_code(code: str) -> str:
    """Return the code in groups of four digits: 1234 5678 9012 3456."""
    return " ".join(code[start : start + 4] for start in range(0, CODE_LENGTH, 4))


def parse_code(text: str) -> str:
    """Return the 16 ASCII digits of a typed code.

    Raises SerialInsteadOfCode for a letter's serial number, NationalCodeInsteadOfCode for a national code,
    and CodeMistyped for anything else that is not 16 digits with a valid check digit.
    """
    try:
        code = normalise_code(text)
    except NotDigits as error:
        raise CodeMistyped from error
    if len(code) == SERIAL_LENGTH and has_valid_check_digit(code):
        raise SerialInsteadOfCode
    if is_national_code(code):
        raise NationalCodeInsteadOfCode
    if len(code) != CODE_LENGTH or not has_valid_check_digit(code):
        raise CodeMistyped
    return code
