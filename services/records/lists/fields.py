"""The fields of DSKKAR00 and DSKWOR00 by name, after the list format that employers submit.

Required are the fields that a record or a check cannot do without; files differ in the others, in widths and
in order. The parser and the writer read this table.
"""

from dataclasses import dataclass
from enum import Enum, auto

from services.records.lists.findings import Code

MOST_RIALS = 999_999_999_999  # N12


class Kind(Enum):
    """How a field is read: free text, a code of digits and letters, a whole number, a Jalali YYYYMMDD."""

    TEXT = auto()
    CODE = auto()
    NUMBER = auto()
    DATE = auto()


@dataclass(frozen=True, slots=True)
class Field:
    """A field: the attribute it fills, the width it is written with, for numbers the limit and its finding.

    A number without a finding is of no weight here; where it cannot be read it counts as 0.
    """

    name: str
    attribute: str
    kind: Kind
    width: int
    required: bool = True
    most: int = 0
    refusal: Code | None = None


def _text(name: str, attribute: str, width: int, *, required: bool = True) -> Field:
    return Field(name, attribute, Kind.TEXT, width, required)


def _code(name: str, attribute: str, width: int, *, required: bool = True) -> Field:
    return Field(name, attribute, Kind.CODE, width, required)


def _date(name: str, attribute: str, *, required: bool = True) -> Field:
    return Field(name, attribute, Kind.DATE, 8, required)


def _number(name: str, attribute: str, width: int, refusal: Code) -> Field:
    return Field(name, attribute, Kind.NUMBER, width, most=10**width - 1, refusal=refusal)


def _rials(name: str, attribute: str, *, required: bool = True) -> Field:
    return Field(name, attribute, Kind.NUMBER, 12, required, MOST_RIALS, "amount-negative")


def _aside(name: str, attribute: str, width: int) -> Field:
    return Field(name, attribute, Kind.NUMBER, width, required=False, most=MOST_RIALS)


HEADER_FIELDS = (
    _code("DSK_ID", "workshop_code", 10),
    _text("DSK_NAME", "workshop_name", 100),
    _text("DSK_FARM", "employer", 100, required=False),
    _text("DSK_ADRS", "address", 100, required=False),
    _aside("DSK_KIND", "kind", 1),
    _number("DSK_YY", "year", 2, "period-differs"),
    _number("DSK_MM", "month", 2, "period-differs"),
    _code("DSK_LISTNO", "list_number", 12),
    _text("DSK_DISC", "description", 100, required=False),
    _number("DSK_NUM", "workers", 5, "sums-differ"),
    _number("DSK_TDD", "days", 6, "sums-differ"),
    _rials("DSK_TROOZ", "daily_wage"),
    _rials("DSK_TMAH", "monthly_wage"),
    _rials("DSK_TMAZ", "benefits"),
    _rials("DSK_TMASH", "insurable"),
    _rials("DSK_TTOTL", "gross"),
    _rials("DSK_TBIME", "premium"),
    _rials("DSK_TKOSO", "employer_share", required=False),
    _rials("DSK_BIC", "unemployment_share", required=False),
    _aside("DSK_RATE", "premium_rate", 5),
    _aside("DSK_PRATE", "commission_rate", 2),
    _rials("DSK_BIMH", "hard_jobs", required=False),
    _code("MON_PYM", "contract_row", 3, required=False),
    _aside("DSK_INC", "seniority", 12),
    _aside("DSK_SPOUSE", "spouse_allowance", 12),
)

WORKER_FIELDS = (
    _code("DSW_ID", "workshop_code", 10),
    _number("DSW_YY", "year", 2, "period-differs"),
    _number("DSW_MM", "month", 2, "period-differs"),
    _code("DSW_LISTNO", "list_number", 12),
    _code("DSW_ID1", "insurance_number", 10),
    _text("DSW_FNAME", "first_name", 60),
    _text("DSW_LNAME", "last_name", 60),
    _text("DSW_DNAME", "father_name", 60),
    _code("DSW_IDNO", "id_number", 15, required=False),
    _text("DSW_IDPLC", "id_place", 30, required=False),
    _date("DSW_IDATE", "id_date", required=False),
    _date("DSW_BDATE", "birth_date"),
    _text("DSW_SEX", "sex", 3),
    _text("DSW_NAT", "nationality", 10),
    _text("DSW_OCP", "job_title", 50, required=False),
    _date("DSW_SDATE", "start_date", required=False),
    _date("DSW_EDATE", "leave_date", required=False),
    _number("DSW_DD", "days", 2, "days-out-of-range"),
    _rials("DSW_ROOZ", "daily_wage"),
    _rials("DSW_MAH", "monthly_wage"),
    _rials("DSW_MAZ", "benefits"),
    _rials("DSW_MASH", "insurable"),
    _rials("DSW_TOTL", "gross"),
    _rials("DSW_BIME", "premium"),
    _aside("DSW_PRATE", "commission_rate", 2),
    _code("DSW_JOB", "job_code", 6, required=False),
    _code("PER_NATCOD", "national_code", 10),
    _aside("DSW_INC", "seniority", 12),
    _aside("DSW_SPOUSE", "spouse_allowance", 12),
)

HEADER_BY_ATTRIBUTE = {field.attribute: field.name for field in HEADER_FIELDS}
WORKER_BY_ATTRIBUTE = {field.attribute: field.name for field in WORKER_FIELDS}
SUMMED = ("days", "daily_wage", "monthly_wage", "benefits", "insurable", "gross", "premium")
