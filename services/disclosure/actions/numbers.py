"""Serial and tracking numbers: random, so that nobody can count or guess them."""

import secrets

from govah_verify.check_digit import check_digit, is_checked
from services.kit.text import NotDigits, normalise_code

# The first digit is never zero: spreadsheets would drop it.
_LOWEST, _SPAN = 10**11, 9 * 10**11


def new_tracking_number() -> str:
    """Twelve digits."""
    return str(_LOWEST + secrets.randbelow(_SPAN))


def new_serial() -> str:
    """Twelve digits and their check digit."""
    number = new_tracking_number()
    return number + check_digit(number)


def parse_serial(text: str) -> str | None:
    """The serial a person typed, in any accepted digits; None when it cannot be one."""
    try:
        serial = normalise_code(text)
    except NotDigits:
        return None
    return serial if len(serial) == 13 and is_checked(serial) else None
