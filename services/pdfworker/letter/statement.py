"""The input of a letter: the claim's `letter` and `statement`, validated before the page is laid out.

`contracts/statement.schema.json` describes the statement, `contracts/statement.v1.schema.json` that of older
snapshots. `render` calls `parse_snapshot` first, so `page` and `tables` get valid input only.
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
from services.pdfworker.letter.printable import make_printable, truncate_name

MAX_YEARS = 80
MAX_WAGE_ROWS = 6_000  # 40 years of 12 months in 10 workshops, and a quarter more
MAX_MARKS = 1_000
MAX_WORKSHOPS = 500
MAX_WORKSHOP_YEARS = 2_000  # of all workshops together
# The code of a workshop that only an objection names.
NO_CODE = "-"


class LetterInputInvalid(ValueError):
    """The snapshot cannot be printed; the message names the invalid fields but not their values."""

    code = "letter-input-invalid"


def _parse_month(value: object) -> JalaliMonth:
    if not isinstance(value, str):
        raise JalaliInvalid("a Jalali month is text")
    return JalaliMonth.parse(value)


def _parse_day(value: object) -> date:
    if not isinstance(value, str):
        raise JalaliInvalid("a Jalali date is text")
    return parse_jalali_date(value)


def _reject_blank(text: str) -> str:
    if not text:
        raise ValueError("no printable character")
    return text


Month = Annotated[JalaliMonth, PlainValidator(_parse_month)]
Day = Annotated[date, PlainValidator(_parse_day)]
Moment = Annotated[AwareDatetime, Field(strict=False)]
Year = Annotated[int, Field(ge=1200, le=1499)]
Days = Annotated[int, Field(ge=0, le=MAX_WAGE_ROWS * 31)]
Rials = Annotated[int, Field(ge=0, lt=10**16)]


Name = Annotated[
    str, StringConstraints(max_length=100), AfterValidator(make_printable), AfterValidator(_reject_blank)
]
# Lists sometimes leave them blank.
NameOrBlank = Annotated[str, StringConstraints(max_length=100), AfterValidator(make_printable)]
# Of a workshop or of a job; lists sometimes leave them blank.
Label = Annotated[str, AfterValidator(make_printable), AfterValidator(truncate_name)]
Number = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{1,32}$")]
NationalCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{10}$")]
Code = Annotated[
    str, StringConstraints(max_length=20), AfterValidator(make_printable), AfterValidator(_reject_blank)
]
LatinName = Annotated[str, StringConstraints(max_length=60), AfterValidator(make_printable)]
MonthDays = Annotated[int, Field(ge=0, le=31)]
LetterType = Annotated[StatementType, Field(strict=False)]


class InputModel(BaseModel):
    """An immutable model; unknown fields are ignored, since a letter prints only some."""

    model_config = ConfigDict(frozen=True, strict=True)


class Agreement(InputModel):
    """The version of the agreement and the time of consent."""

    version: int | Code
    agreed_at: Moment


class Letter(InputModel):
    """The numbers and times of the letter."""

    serial: Number
    tracking_number: Number
    issued_at: Moment
    types: Annotated[list[LetterType], Field(min_length=1)]
    agreement: Agreement
    language: Literal["fa", "fa-en"] = "fa"
    latin_name: LatinName | None = None


class Person(InputModel):
    """The insured person, with a national code or else an insurance number, or both."""

    national_code: NationalCode | None
    first_name: NameOrBlank
    last_name: Name
    father_name: NameOrBlank | None
    birth_date_jalali: Day | None
    insurance_number: Code | None
    sex: Literal["female", "male"] | None

    @model_validator(mode="after")
    def _check_numbers(self) -> Self:
        if self.national_code is None and self.insurance_number is None:
            raise ValueError("a person has a national code or an insurance number")
        return self


class Duration(InputModel):
    """A duration in years of 360 days and months of 30 days."""

    years: Days
    months: Days
    days: Days


class Summary(InputModel):
    """The totals of the record."""

    total_days: Days
    duration: Duration
    first_month_jalali: Month | None
    last_month_jalali: Month | None
    workshop_count: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def _require_both_months(self) -> Self:
        if (self.first_month_jalali is None) != (self.last_month_jalali is None):
            raise ValueError("first or last month is missing")
        return self


class YearOfMonths(InputModel):
    """The days of each month of a year; None for a month without a list."""

    year: Year
    months: Annotated[list[MonthDays | None], Field(min_length=12, max_length=12)]
    total_days: Days


class Workshop(InputModel):
    """The years of one workshop."""

    workshop_code: Code
    workshop_name: Label
    years: Annotated[list[YearOfMonths], Field(min_length=1, max_length=MAX_YEARS)]
    total_days: Days


class AllTable(InputModel):
    """«کلیه سوابق»: each workshop; in version 1 of the schema, the `years` of all together."""

    workshops: Annotated[list[Workshop], Field(max_length=MAX_WORKSHOPS)] | None = None
    years: Annotated[list[YearOfMonths], Field(max_length=MAX_YEARS)] | None = None
    total_days: Days

    @model_validator(mode="after")
    def _limit_years(self) -> Self:
        if sum(len(workshop.years) for workshop in self.workshops or ()) > MAX_WORKSHOP_YEARS:
            raise ValueError("too many years")
        return self


class ConsolidatedYear(YearOfMonths):
    """The days of a year, with the duration of the year and the running duration."""

    duration: Duration
    running_days: Days
    running_duration: Duration


class ConsolidatedTable(InputModel):
    """«سوابق تلفیقی»."""

    years: Annotated[list[ConsolidatedYear], Field(max_length=MAX_YEARS)]
    total_days: Days
    duration: Duration


class WageRow(InputModel):
    """A contribution as the employer listed it."""

    month_jalali: Month
    workshop_code: Code
    workshop_name: Label
    list_number: Annotated[str, StringConstraints(max_length=12), AfterValidator(make_printable)]
    job_title: Label = ""
    days: MonthDays
    wage: Rials


class WageYear(InputModel):
    """The sums of a year."""

    year: Year
    days: Days
    wage: Rials


class WagesTable(InputModel):
    """«سوابق و ریز دستمزدها»."""

    rows: Annotated[list[WageRow], Field(max_length=MAX_WAGE_ROWS)]
    years: Annotated[list[WageYear], Field(max_length=MAX_YEARS)]
    total_days: Days
    total_wage: Rials

    @model_validator(mode="after")
    def _require_year_of_each_row(self) -> Self:
        if not {row.month_jalali.year for row in self.rows} <= {year.year for year in self.years}:
            raise ValueError("a row's year has no subtotal")
        return self


class Tables(InputModel):
    """The chosen tables."""

    all: AllTable | None = None
    wages: WagesTable | None = None
    consolidated: ConsolidatedTable | None = None


class Correction(InputModel):
    """A month that an objection corrected."""

    month_jalali: Month
    workshop_code: Code
    tracking_number: Number


class Statement(InputModel):
    """The statement of the record at a time."""

    schema_version: Literal[1, 2]
    as_of_jalali: Day
    person: Person
    summary: Summary
    tables: Tables
    disputed_months: Annotated[list[Month], Field(max_length=MAX_MARKS)]
    corrections: Annotated[list[Correction], Field(max_length=MAX_MARKS)]

    @model_validator(mode="after")
    def _require_table_of_version(self) -> Self:
        table = self.tables.all
        if table and (table.years if self.schema_version == 1 else table.workshops) is None:
            raise ValueError("the table of all months is of another version")
        return self


class Snapshot(InputModel):
    """A letter and its statement."""

    letter: Letter
    statement: Statement

    @model_validator(mode="after")
    def _require_table_of_each_type(self) -> Self:
        if any(getattr(self.statement.tables, name) is None for name in self.letter.types):
            raise ValueError("a chosen type has no table")
        return self


def parse_snapshot(letter: Mapping[str, Any], statement: Mapping[str, Any]) -> Snapshot:
    """Return a claim's letter and statement as typed values. Raises LetterInputInvalid."""
    try:
        return Snapshot.model_validate({"letter": dict(letter), "statement": dict(statement)})
    except ValidationError as error:
        reasons = ", ".join(_describe_error(detail["loc"], detail["type"]) for detail in error.errors()[:5])
    raise LetterInputInvalid(f"داده‌های نامه درست نیست / the letter's input is invalid: {reasons}")


def _describe_error(location: Sequence[int | str], kind: str) -> str:
    return f"{'.'.join(map(str, location))} ({kind})"
