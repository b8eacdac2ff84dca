"""National codes: ten digits, the last one a check digit. Called wherever a code enters: forms, calls, lists.

A shorter code is not padded with zeros here. A code that lost a leading zero looks the same as one that lost
any other digit, and one wrong guess in eleven would pass the check and add a record to another person. An
import pads a code only if the name or the insurance number beside it fits that person.

Ten equal digits pass the check too. They are what people type for a code that they do not have, except
1111111111, which the civil registry has given to a person.
"""

from services.kit.text import NotDigits, normalise_code

_PLACEHOLDERS = frozenset(digit * 10 for digit in "023456789")


class NationalCodeInvalid(ValueError):
    """The text is not a national code: not ten digits, a placeholder, or a wrong check digit."""


def parse_national_code(text: str) -> str:
    """Return the ten ASCII digits that a person typed in any accepted digits, with spaces or hyphens.

    Raises NationalCodeInvalid, whose message does not repeat the text: it may be another secret, mistyped.
    """
    try:
        code = normalise_code(text)
    except NotDigits as error:
        raise NationalCodeInvalid("a national code has digits only") from error
    if not is_national_code(code):
        raise NationalCodeInvalid("a national code has ten digits and a valid check digit")
    return code


def is_national_code(code: str) -> bool:
    """Return whether these are ten ASCII digits with a valid check digit, not all the same but for 1."""
    if len(code) != 10 or not (code.isascii() and code.isdigit()) or code in _PLACEHOLDERS:
        return False
    return code[9] == compute_check_digit(code[:9])


def compute_check_digit(nine: str) -> str:
    """Return the check digit of nine ASCII digits: weights 10 to 2, mod 11 (civil registry's rule)."""
    rest = sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), nine, strict=True)) % 11
    return str(rest if rest < 2 else 11 - rest)
