"""A person's record as lists and letters state it; months are texts such as `1403-07`.

Letters keep the version they were made in: `schema_version` tells a `Statement` from a `StatementV1`.
Written by `make contracts` from contracts/statement.schema.json and contracts/statement.v1.schema.json.
"""

from typing import Literal, NotRequired, TypedDict

StatementType = Literal["all", "wages", "consolidated"]


class Person(TypedDict):
    """An insured person."""

    national_code: str | None
    first_name: str
    last_name: str
    father_name: str | None
    birth_date_jalali: str | None
    insurance_number: str | None
    sex: Literal["female", "male"] | None


class Duration(TypedDict):
    """n days are n // 360 years, n % 360 // 30 months, n % 30 days."""

    years: int
    months: int
    days: int


class Summary(TypedDict):
    """The sums of a record."""

    total_days: int
    duration: Duration
    first_month_jalali: str | None
    last_month_jalali: str | None
    workshop_count: int


class YearOfDays(TypedDict):
    """A year: the days of its twelve months, null where no list was received."""

    year: int
    months: list[int | None]
    total_days: int


class WorkshopYears(TypedDict):
    """The years of one workshop, from its first to its last.

    Its code is `-` if only an objection names it.
    """

    workshop_code: str
    workshop_name: str
    years: list[YearOfDays]
    total_days: int


class AllTable(TypedDict):
    """Each workshop by its first month.

    In `total_days`, concurrent days count once.
    """

    workshops: list[WorkshopYears]
    total_days: int


class WageRow(TypedDict):
    """A month in one workshop with its wage."""

    month_jalali: str
    workshop_code: str
    workshop_name: str
    list_number: str
    job_title: str
    days: int
    wage: int


class YearOfWages(TypedDict):
    """The sums of a year."""

    year: int
    days: int
    wage: int


class WagesTable(TypedDict):
    """The table of a statement of type `wages`."""

    rows: list[WageRow]
    years: list[YearOfWages]
    total_days: int
    total_wage: int


class ConsolidatedYear(TypedDict):
    """A year and the sum of all years up to it."""

    year: int
    months: list[int | None]
    total_days: int
    duration: Duration
    running_days: int
    running_duration: Duration


class ConsolidatedTable(TypedDict):
    """The table of a statement of type `consolidated`."""

    years: list[ConsolidatedYear]
    total_days: int
    duration: Duration


class Tables(TypedDict):
    """The chosen types only."""

    all: NotRequired[AllTable]
    wages: NotRequired[WagesTable]
    consolidated: NotRequired[ConsolidatedTable]


class CorrectedMonth(TypedDict):
    """A month that an accepted objection has changed."""

    month_jalali: str
    workshop_code: str
    tracking_number: str


class Statement(TypedDict):
    """An insured person's record as a snapshot: what the API shows, letters print and institutions receive.

    Days are whole days, money is whole rials.
    """

    schema_version: Literal[2]
    as_of: str
    as_of_jalali: str
    types: list[StatementType]
    person: Person
    summary: Summary
    tables: Tables
    disputed_months: list[str]
    corrections: list[CorrectedMonth]


class AllTableV1(TypedDict):
    """The table of type `all` in version 1: the days of all workshops together."""

    years: list[YearOfDays]
    total_days: int


class WageRowV1(TypedDict):
    """A month in one workshop with its wage, in version 1."""

    month_jalali: str
    workshop_code: str
    workshop_name: str
    list_number: str
    days: int
    wage: int


class WagesTableV1(TypedDict):
    """The table of type `wages` in version 1."""

    rows: list[WageRowV1]
    years: list[YearOfWages]
    total_days: int
    total_wage: int


class TablesV1(TypedDict):
    """The chosen types only, in version 1."""

    all: NotRequired[AllTableV1]
    wages: NotRequired[WagesTableV1]
    consolidated: NotRequired[ConsolidatedTable]


class StatementV1(TypedDict):
    """A record as the snapshots of earlier releases hold it: their letters and permits stay valid.

    Days are whole days, money is whole rials.
    """

    schema_version: Literal[1]
    as_of: str
    as_of_jalali: str
    types: list[StatementType]
    person: Person
    summary: Summary
    tables: TablesV1
    disputed_months: list[str]
    corrections: list[CorrectedMonth]
