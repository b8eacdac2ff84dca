"""A person's listed months, and the rows that an import adds."""

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.kit.jalali import JalaliMonth, format_jalali_date
from services.records.models import Contribution, ImportedList, Person, Workshop
from services.records.store.objections import UNNAMED
from services.records.store.upserts import insert_rows


class ListedMonth(NamedTuple):
    """A contribution with its list, or with the objection that corrected it. Money is whole rials.

    A corrected row has the objection, and the days of its list as `listed_days`, None without a list.
    """

    month: JalaliMonth
    workshop_code: str
    list_number: str
    row: int
    workshop_name: str
    days: int
    wage: int
    premium: int
    gross: int
    list_id: uuid.UUID | None
    workers_sha256: str | None
    listed_days: int | None = None
    objection_id: uuid.UUID | None = None
    tracking_number: str | None = None
    job_title: str = ""
    job_code: str = ""
    start_date: date | None = None
    leave_date: date | None = None
    contract_row: str | None = None
    hard_jobs: int | None = None

    @property
    def order(self) -> tuple[JalaliMonth, str, int, str, int, str]:
        """Return the key that rows are sorted by; list number 2 comes before 10."""
        number = len(self.list_number), self.list_number
        return self.month, self.workshop_code, *number, self.row, self.workshop_name

    @property
    def workshop(self) -> tuple[str, str]:
        """Return what identifies the workshop: its code, or its name if only an objection names it."""
        return self.workshop_code, self.workshop_name if self.workshop_code == UNNAMED else ""

    @property
    def workshop_month(self) -> tuple[JalaliMonth, str]:
        """Return what a correction is about: workshop and month, over all their lists."""
        return self.month, self.workshop_code

    @property
    def start_date_jalali(self) -> str | None:
        return format_jalali_date(self.start_date) if self.start_date else None

    @property
    def leave_date_jalali(self) -> str | None:
        return format_jalali_date(self.leave_date) if self.leave_date else None

    @property
    def source(self) -> dict[str, Any]:
        """Return the record of the file with the figures, and the objection that changed the days."""
        is_listed = self.list_id is not None
        return {
            "kind": "objection" if self.objection_id else "list",
            "workshop_code": self.workshop_code,
            "list_id": self.list_id,
            "list_number": self.list_number if is_listed else None,
            "file_sha256": self.workers_sha256,
            "row": self.row if is_listed else None,
            "listed_days": self.listed_days if self.objection_id else self.days,
            "objection_id": self.objection_id,
            "tracking_number": self.tracking_number,
        }


_LISTED = {
    "month": ImportedList.month,
    "workshop_code": Workshop.code,
    "list_number": ImportedList.list_number,
    "row": Contribution.row,
    "workshop_name": Workshop.name,
    "days": Contribution.days,
    "wage": Contribution.wage,
    "premium": Contribution.premium,
    "gross": Contribution.gross,
    "list_id": ImportedList.id,
    "workers_sha256": ImportedList.workers_sha256,
    "job_title": sa.func.coalesce(Contribution.job_title, ""),
    "job_code": sa.func.coalesce(Contribution.job_code, ""),
    "start_date": Contribution.start_date,
    "leave_date": Contribution.leave_date,
    "contract_row": ImportedList.contract_row,
    "hard_jobs": ImportedList.hard_jobs,
}


def fetch_listed_months(session: Session, person: Person) -> Sequence[ListedMonth]:
    """Return a person's listed contributions, sorted by month, workshop code and list number."""
    rows = session.execute(
        sa.select(*_LISTED.values())
        .join(ImportedList, ImportedList.position == Contribution.list_position)
        .join(Workshop, Workshop.position == ImportedList.workshop_position)
        .where(Contribution.person_position == person.position)
    )
    # Sorted here, because collations of codes differ between databases.
    months = (ListedMonth(**dict(zip(_LISTED, row, strict=True))) for row in rows)
    return sorted(months, key=lambda month: month.order)


def has_contribution(session: Session, person_position: int, list_position: int) -> bool:
    """Return whether a row of the list counts for the person."""
    return session.get(Contribution, (person_position, list_position)) is not None


def add_contributions(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Insert an accepted list's rows."""
    insert_rows(session, Contribution, rows)
