"""What a letter is printed from: the claim's `letter` and `statement`, checked before a page is laid out.

`docs/internal.md` has the shapes; `render` calls `check` first, so page and tables meet sound input only.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    ValidationError,
    model_validator,
)

from services.kit.jalali import JalaliInvalid, JalaliMonth, parse_jalali_date
from services.kit.statement_types import StatementType
from services.pdfworker.letter.printable import printable, shortened

MAX_YEARS = 80
MAX_WAGE_ROWS = 6_000  # 40 years of 12 months in 10 workshops, and a quarter more
MAX_MARKS = 1_000


class LetterInputInvalid(ValueError):
    """The snapshot cannot be printed; the message names the fields and never their values."""

    code = "letter-input-invalid"


def _month(value: object) -> JalaliMonth:
    if not isinstance(value, str):
        raise JalaliInvalid("a Jalali month is text")
    return JalaliMonth.parse(value)


def _day(value: object) -> date:
    if not isinstance(value, str):
        raise JalaliInvalid("a Jalali date is text")
    return parse_jalali_date(value)


def _not_blank(text: str) -> str:
    if not text:
        raise ValueError("nothing of it can be printed")
    return text


Month = Annotated[JalaliMonth, PlainValidator(_month)]
Day = Annotated[date, PlainValidator(_day)]
Moment = Annotated[AwareDatetime, Field(strict=False)]
Year = Annotated[int, Field(ge=1200, le=1499)]
Days = Annotated[int, Field(ge=0, le=MAX_WAGE_ROWS * 31)]
Rials = Annotated[int, Field(ge=0, lt=10**16)]


Name = Annotated[
    str, StringConstraints(max_length=100), AfterValidator(printable), AfterValidator(_not_blank)
]
# Lists leave them blank now and then.
NameOrBlank = Annotated[str, StringConstraints(max_length=100), AfterValidator(printable)]
WorkshopName = Annotated[str, AfterValidator(printable), AfterValidator(shortened)]
Number = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{1,32}$")]
NationalCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{10}$")]
Code = Annotated[str, StringConstraints(max_length=20), AfterValidator(printable), AfterValidator(_not_blank)]
MonthDays = Annotated[int, Field(ge=0, le=31)]
LetterType = Annotated[StatementType, Field(strict=False)]


class Shape(BaseModel):
    """Immutable; fields that the letter does not print are passed over."""

    model_config = ConfigDict(frozen=True, strict=True)


class Agreement(Shape):
    """Which text was agreed to, and when."""

    version: int | Code
    agreed_at: Moment


class Letter(Shape):
    """The letter's own numbers and times."""

    serial: Number
    tracking_number: Number
    issued_at: Moment
    types: Annotated[list[LetterType], Field(min_length=1)]
    agreement: Agreement


class Person(Shape):
    """Whose record it is."""

    national_code: NationalCode
    first_name: NameOrBlank
    last_name: Name
    father_name: NameOrBlank | None
    birth_date_jalali: Day | None
    insurance_number: Code | None
    sex: Literal["female", "male"] | None


class Duration(Shape):
    """Days by the rule of 360 and 30."""

    years: Days
    months: Days
    days: Days


class Summary(Shape):
    """The record in figures."""

    total_days: Days
    duration: Duration
    first_month_jalali: Month | None
    last_month_jalali: Month | None
    workshop_count: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def _both_months_or_none(self) -> Self:
        if (self.first_month_jalali is None) != (self.last_month_jalali is None):
            raise ValueError("first and last month come together")
        return self


class YearOfMonths(Shape):
    """A year's days, month by month; None where no list was received."""

    year: Year
    months: Annotated[list[MonthDays | None], Field(min_length=12, max_length=12)]
    total_days: Days


class AllTable(Shape):
    """«کلیه سوابق»."""

    years: Annotated[list[YearOfMonths], Field(max_length=MAX_YEARS)]
    total_days: Days


class ConsolidatedYear(YearOfMonths):
    """A year's days with its own and the running duration."""

    duration: Duration
    running_days: Days
    running_duration: Duration


class ConsolidatedTable(Shape):
    """«سوابق تلفیقی»."""

    years: Annotated[list[ConsolidatedYear], Field(max_length=MAX_YEARS)]
    total_days: Days
    duration: Duration


class WageRow(Shape):
    """One contribution as listed."""

    month_jalali: Month
    workshop_code: Code
    workshop_name: WorkshopName
    list_number: Annotated[str, StringConstraints(max_length=12), AfterValidator(printable)]
    days: MonthDays
    wage: Rials


class WageYear(Shape):
    """A year's sums."""

    year: Year
    days: Days
    wage: Rials


class WagesTable(Shape):
    """«سوابق و ریز دستمزدها»."""

    rows: Annotated[list[WageRow], Field(max_length=MAX_WAGE_ROWS)]
    years: Annotated[list[WageYear], Field(max_length=MAX_YEARS)]
    total_days: Days
    total_wage: Rials

    @model_validator(mode="after")
    def _every_row_has_its_year(self) -> Self:
        if not {row.month_jalali.year for row in self.rows} <= {year.year for year in self.years}:
            raise ValueError("a row's year has no subtotal")
        return self


class Tables(Shape):
    """The chosen tables."""

    all: AllTable | None = None
    wages: WagesTable | None = None
    consolidated: ConsolidatedTable | None = None


class Correction(Shape):
    """A figure that an objection corrected."""

    month_jalali: Month
    workshop_code: Code
    tracking_number: Number


class Statement(Shape):
    """The snapshot of the record."""

    as_of_jalali: Day
    person: Person
    summary: Summary
    tables: Tables
    disputed_months: Annotated[list[Month], Field(max_length=MAX_MARKS)]
    corrections: Annotated[list[Correction], Field(max_length=MAX_MARKS)]


class Snapshot(Shape):
    """A letter and its statement."""

    letter: Letter
    statement: Statement

    @model_validator(mode="after")
    def _every_type_has_its_table(self) -> Self:
        if any(getattr(self.statement.tables, name) is None for name in self.letter.types):
            raise ValueError("a chosen type has no table")
        return self


def check(letter: Mapping[str, Any], statement: Mapping[str, Any]) -> Snapshot:
    """Return the claim's letter and statement as typed values; raises LetterInputInvalid."""
    try:
        return Snapshot.model_validate({"letter": dict(letter), "statement": dict(statement)})
    except ValidationError as error:
        faults = ", ".join(_fault(detail["loc"], detail["type"]) for detail in error.errors()[:5])
    raise LetterInputInvalid(f"داده‌های نامه درست نیست / the letter's input is invalid: {faults}")


def _fault(location: Sequence[int | str], kind: str) -> str:
    return f"{'.'.join(map(str, location))} ({kind})"
