"""Employers' lists: what the API returns about accepted and refused ones."""

from typing import Literal, NotRequired, TypedDict

from govah_client.errors import ApiError
from govah_client.statements import Person

HeldRowStatus = Literal["held", "same-person", "assigned", "rejected"]


class Finding(TypedDict):
    """What is wrong, or looks wrong, in a list."""

    file: str
    row: int | None
    field: str | None
    value: str | None
    expected: str | None
    severity: Literal["error", "held", "warning"]
    code: str
    message: str
    list_id: NotRequired[str]


class ImportedList(TypedDict):
    """An accepted list; `held` of its rows wait for a decision about their person."""

    id: str
    workshop_code: str
    workshop_name: str
    month_jalali: str
    list_number: str
    workers: int
    total_days: int
    total_wage: int
    total_premium: int
    header_sha256: str
    workers_sha256: str
    imported_by: str
    imported_at: str
    findings_total: int
    version: int
    withdrawn_at: str | None
    contract_row: str | None
    hard_jobs: int | None
    held: int
    has_files: bool
    file_name: str | None


class FormerVersion(TypedDict):
    """A version of a list that was replaced or withdrawn."""

    version: int
    imported_by: str
    imported_at: str
    workers: int
    total_days: int
    total_wage: int
    has_files: bool
    file_name: str | None
    ended_at: str
    proposal_id: str | None
    kind: Literal["list-withdrawal", "list-replacement"] | None
    reason: str | None
    proposed_by: str | None
    confirmed_by: str | None


class ListWithFindings(ImportedList):
    """An accepted list, what looks wrong in it, and its former versions, newest first."""

    findings: list[Finding]
    versions: list[FormerVersion]


class ListedRow(Person):
    """The person and the figures that a row of a list states."""

    foreigner: bool
    job_title: str
    start_date_jalali: str | None
    leave_date_jalali: str | None
    days: int
    wage: int
    premium: int
    gross: int


class KnownPerson(Person):
    """A person in the records."""

    id: str


class HeldRow(TypedDict):
    """A row that counts in nobody's record until two officers have decided whose it is."""

    id: str
    list_id: str
    month_jalali: str
    imported_at: str
    row: int
    reasons: list[str]
    listed: ListedRow
    known: KnownPerson | None
    number_owner: KnownPerson | None
    status: HeldRowStatus
    proposal_id: str | None


class ListRefused(ApiError):
    """A list has errors; nothing of it was imported."""

    @property
    def findings(self) -> list[Finding]:
        """What is wrong in it."""
        findings: list[Finding] = self.document["findings"]
        return findings

    @property
    def findings_total(self) -> int:
        """The number of findings, which may be more than those that are listed."""
        return int(self.document["findings_total"])
