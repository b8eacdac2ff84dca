"""The fields of DSKKAR00 and DSKWOR00 by name, after the list format that employers submit.

A field is required if a record or a check needs it. Files differ in the other fields, in widths and in order.
The parser and the writer read this table.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from services.records.lists.canonical import (
    canonicalise_insurance_number,
    canonicalise_list_number,
    canonicalise_national_code,
    canonicalise_workshop_code,
)
from services.records.lists.wordings import Code

MAX_RIALS = 999_999_999_999  # N12


class Kind(Enum):
    """How a field is read: free text, a code of digits and letters, a whole number, a Jalali date."""

    TEXT = auto()
    CODE = auto()
    NUMBER = auto()
    DATE = auto()


@dataclass(frozen=True, slots=True)
class Field:
    """A field: the attribute it fills, the width it is written with; for numbers the limit and its finding.

    A number without a finding does not matter here; an invalid one counts as 0. A required number with a
    finding must not be blank. `canonicalise` makes the one form of a code that may be listed in several.
    """

    name: str
    attribute: str
    kind: Kind
    width: int
    required: bool = True
    most: int = 0
    refusal: Code | None = None
    canonicalise: Callable[[str], str] | None = None

    @property
    def must_be_given(self) -> bool:
        """Whether a blank is an error, because it differs from a zero."""
        return self.required and self.refusal is not None


def _define_text(name: str, attribute: str, width: int, *, required: bool = True) -> Field:
    return Field(name, attribute, Kind.TEXT, width, required)


def _define_code(
    name: str,
    attribute: str,
    width: int,
    *,
    required: bool = True,
    canonicalise: Callable[[str], str] | None = None,
) -> Field:
    return Field(name, attribute, Kind.CODE, width, required, canonicalise=canonicalise)


def _define_date(name: str, attribute: str, *, required: bool = True) -> Field:
    return Field(name, attribute, Kind.DATE, 8, required)


def _define_number(name: str, attribute: str, width: int, refusal: Code) -> Field:
    return Field(name, attribute, Kind.NUMBER, width, most=10**width - 1, refusal=refusal)


def _define_rials(name: str, attribute: str, *, required: bool = True) -> Field:
    return Field(name, attribute, Kind.NUMBER, 12, required, MAX_RIALS, "amount-negative")


def _define_unweighted(name: str, attribute: str, width: int) -> Field:
    return Field(name, attribute, Kind.NUMBER, width, required=False, most=MAX_RIALS)


HEADER_FIELDS = (
    _define_code("DSK_ID", "workshop_code", 10, canonicalise=canonicalise_workshop_code),
    _define_text("DSK_NAME", "workshop_name", 100),
    _define_text("DSK_FARM", "employer", 100, required=False),
    _define_text("DSK_ADRS", "address", 100, required=False),
    _define_unweighted("DSK_KIND", "kind", 1),
    _define_number("DSK_YY", "year", 2, "period-differs"),
    _define_number("DSK_MM", "month", 2, "period-differs"),
    _define_code("DSK_LISTNO", "list_number", 12, canonicalise=canonicalise_list_number),
    _define_text("DSK_DISC", "description", 100, required=False),
    _define_number("DSK_NUM", "workers", 5, "sums-differ"),
    _define_number("DSK_TDD", "days", 6, "sums-differ"),
    _define_rials("DSK_TROOZ", "daily_wage"),
    _define_rials("DSK_TMAH", "monthly_wage"),
    _define_rials("DSK_TMAZ", "benefits"),
    _define_rials("DSK_TMASH", "insurable"),
    _define_rials("DSK_TTOTL", "gross"),
    _define_rials("DSK_TBIME", "premium"),
    _define_rials("DSK_TKOSO", "employer_share", required=False),
    _define_rials("DSK_BIC", "unemployment_share", required=False),
    _define_unweighted("DSK_RATE", "premium_rate", 5),
    _define_unweighted("DSK_PRATE", "commission_rate", 2),
    _define_rials("DSK_BIMH", "hard_jobs", required=False),
    _define_code("MON_PYM", "contract_row", 3, required=False),
    _define_unweighted("DSK_INC", "seniority", 12),
    _define_unweighted("DSK_SPOUSE", "spouse_allowance", 12),
)

WORKER_FIELDS = (
    _define_code("DSW_ID", "workshop_code", 10, canonicalise=canonicalise_workshop_code),
    _define_number("DSW_YY", "year", 2, "period-differs"),
    _define_number("DSW_MM", "month", 2, "period-differs"),
    _define_code("DSW_LISTNO", "list_number", 12, canonicalise=canonicalise_list_number),
    _define_code("DSW_ID1", "insurance_number", 10, canonicalise=canonicalise_insurance_number),
    _define_text("DSW_FNAME", "first_name", 60),
    _define_text("DSW_LNAME", "last_name", 60),
    _define_text("DSW_DNAME", "father_name", 60),
    _define_code("DSW_IDNO", "id_number", 15, required=False),
    _define_text("DSW_IDPLC", "id_place", 30, required=False),
    _define_date("DSW_IDATE", "id_date", required=False),
    _define_date("DSW_BDATE", "birth_date", required=False),
    _define_text("DSW_SEX", "sex", 3),
    _define_text("DSW_NAT", "nationality", 10),
    _define_text("DSW_OCP", "job_title", 50, required=False),
    _define_date("DSW_SDATE", "start_date", required=False),
    _define_date("DSW_EDATE", "leave_date", required=False),
    _define_number("DSW_DD", "days", 2, "days-out-of-range"),
    _define_rials("DSW_ROOZ", "daily_wage"),
    _define_rials("DSW_MAH", "monthly_wage"),
    _define_rials("DSW_MAZ", "benefits"),
    _define_rials("DSW_MASH", "insurable"),
    _define_rials("DSW_TOTL", "gross"),
    _define_rials("DSW_BIME", "premium"),
    _define_unweighted("DSW_PRATE", "commission_rate", 2),
    _define_code("DSW_JOB", "job_code", 6, required=False),
    _define_code("PER_NATCOD", "national_code", 10, canonicalise=canonicalise_national_code),
    _define_unweighted("DSW_INC", "seniority", 12),
    _define_unweighted("DSW_SPOUSE", "spouse_allowance", 12),
)

HEADER_BY_ATTRIBUTE = {field.attribute: field.name for field in HEADER_FIELDS}
WORKER_BY_ATTRIBUTE = {field.attribute: field.name for field in WORKER_FIELDS}
SUMMED = ("days", "daily_wage", "monthly_wage", "benefits", "insurable", "gross", "premium")
