"""A person's own record, as its owner sees it."""

from typing import Literal, TypedDict

from govah_client.objections import OpenObjection
from govah_client.statements import Duration, Person


class Totals(TypedDict):
    """The sums of a record, for its owner."""

    total_days: int
    duration: Duration
    total_wage: int
    workshop_count: int


class RecordWarning(TypedDict):
    """Months of a record that look wrong."""

    code: Literal["gap", "overlap"]
    first_month_jalali: str
    last_month_jalali: str
    message: str


class Record(TypedDict):
    """The overview of a person's own record."""

    person: Person
    insurance_number: str | None
    totals: Totals
    first_month_jalali: str | None
    last_month_jalali: str | None
    open_objections: list[OpenObjection]
    warnings: list[RecordWarning]


class Source(TypedDict):
    """Where a month comes from: a line of a list, or an objection."""

    kind: Literal["list", "objection"]
    workshop_code: str
    list_id: str | None
    list_number: str | None
    file_sha256: str | None
    row: int | None
    listed_days: int | None
    objection_id: str | None
    tracking_number: str | None


class Contribution(TypedDict):
    """A month in one workshop."""

    month_jalali: str
    workshop_code: str
    workshop_name: str
    list_number: str
    days: int
    wage: int
    premium: int
    gross: int
    job_title: str
    job_code: str
    start_date_jalali: str | None
    leave_date_jalali: str | None
    contract_row: str | None
    hard_jobs: int | None
    source: Source
