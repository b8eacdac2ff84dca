"""Serial and tracking numbers: random, so that no one can count or guess them."""

import secrets

from govah_verify.check_digit import append_check_digit, has_valid_check_digit
from services.kit.text import NotDigits, normalise_code

# The first digit is never zero: spreadsheets would drop it.
_LOWEST, _SPAN = 10**11, 9 * 10**11


def generate_tracking_number() -> str:
    """Return twelve random digits."""
    return str(_LOWEST + secrets.randbelow(_SPAN))


def generate_serial() -> str:
    """Return twelve random digits and their check digit."""
    number = generate_tracking_number()
    return append_check_digit(number)


def parse_serial(text: str) -> str | None:
    """Return the serial that a person typed, in any accepted digits; None if it is invalid."""
    try:
        serial = normalise_code(text)
    except NotDigits:
        return None
    return serial if len(serial) == 13 and has_valid_check_digit(serial) else None
