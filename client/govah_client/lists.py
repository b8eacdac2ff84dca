"""Employers' lists: what the API returns about accepted and refused ones."""

from typing import Literal, TypedDict

from govah_client.errors import ApiError


class Finding(TypedDict):
    """What is wrong, or looks wrong, in a list."""

    file: str
    row: int | None
    field: str | None
    value: str | None
    expected: str | None
    severity: Literal["error", "warning"]
    code: str
    message: str


class ImportedList(TypedDict):
    """An accepted list."""

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


class ListWithFindings(ImportedList):
    """An accepted list and what looks wrong in it."""

    findings: list[Finding]


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
