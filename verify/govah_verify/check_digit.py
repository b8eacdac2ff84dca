"""The check digit of the numbers that Govah generates and people copy by hand.

Damm's scheme (H. M. Damm, 2004): one decimal digit that detects every single wrong digit and every
transposition of two neighbours, which a sum modulo 10 does not.
"""

_TABLE = (
    "0317598642",
    "7092154863",
    "4206871359",
    "1750983426",
    "6123045978",
    "3674209581",
    "5869720134",
    "8945362017",
    "9438617205",
    "2581436790",
)


def _compute_interim(digits: str) -> str:
    interim = "0"
    for digit in digits:
        interim = _TABLE[int(interim)][int(digit)]
    return interim


def append_check_digit(digits: str) -> str:
    """Return ASCII digits followed by their check digit."""
    return digits + _compute_interim(digits)


def has_valid_check_digit(number: str) -> bool:
    """Return whether a text consists of ASCII digits and ends with the right check digit."""
    return number.isascii() and number.isdigit() and _compute_interim(number) == "0"
