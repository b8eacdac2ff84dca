"""The one form in which numbers of lists are compared and stored, and all spellings of it that files use.

Spreadsheets and payroll programs drop and add leading zeros. Rows that were stored before numbers had one
form are found by their spellings.
"""

from collections.abc import Sequence

WORKSHOP_CODE_LENGTH = 10
MAX_LIST_NUMBER_LENGTH = 12
MAX_INSURANCE_NUMBER_LENGTH = 10
FIRST_LIST_NUMBER = "1"


def canonicalise_list_number(number: str) -> str:
    """Return a list number without leading zeros; a blank one is the first list of its month."""
    return number.lstrip("0") or FIRST_LIST_NUMBER


def canonicalise_workshop_code(code: str) -> str:
    """Return a workshop code with leading zeros, ten characters long."""
    return code.zfill(WORKSHOP_CODE_LENGTH)


def canonicalise_insurance_number(number: str) -> str:
    """Return an insurance number without leading zeros."""
    return number.lstrip("0")


def spell_list_number(number: str) -> Sequence[str]:
    """Return every spelling of a list number."""
    canonical = canonicalise_list_number(number)
    blanks = [""] if canonical == FIRST_LIST_NUMBER else []
    # Numbers of zeros count as blank.
    blanks += ["0" * length for length in range(1, MAX_LIST_NUMBER_LENGTH + 1)] if blanks else []
    return [*_pad(canonical, MAX_LIST_NUMBER_LENGTH), *blanks]


def spell_workshop_code(code: str) -> Sequence[str]:
    """Return every spelling of a workshop code."""
    return _pad(code.lstrip("0"), WORKSHOP_CODE_LENGTH)


def spell_insurance_number(number: str) -> Sequence[str]:
    """Return every spelling of an insurance number."""
    return _pad(canonicalise_insurance_number(number), MAX_INSURANCE_NUMBER_LENGTH)


def _pad(digits: str, longest: int) -> Sequence[str]:
    """Return the digits with no, one and more leading zeros, up to the longest column of such numbers."""
    return [digits.zfill(length) for length in range(len(digits), max(longest, len(digits)) + 1)]
