"""A person's listed months, and the rows that an import adds."""

import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.kit.jalali import JalaliMonth
from services.records.models import Contribution, ImportedList, Person, Workshop
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

    @property
    def workshop_month(self) -> tuple[JalaliMonth, str]:
        """Return what a correction is about: workshop and month, over all their lists."""
        return self.month, self.workshop_code

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


def fetch_listed_months(session: Session, person: Person) -> Sequence[ListedMonth]:
    """Return a person's listed contributions, sorted by month, workshop code and list number."""
    rows = session.execute(
        sa.select(
            ImportedList.month,
            Workshop.code,
            ImportedList.list_number,
            Contribution.row,
            Workshop.name,
            Contribution.days,
            Contribution.wage,
            Contribution.premium,
            Contribution.gross,
            ImportedList.id,
            ImportedList.workers_sha256,
        )
        .join(ImportedList, ImportedList.position == Contribution.list_position)
        .join(Workshop, Workshop.position == ImportedList.workshop_position)
        .where(Contribution.person_position == person.position)
    )
    # Sorted here, because collations of codes differ between databases.
    return sorted(ListedMonth(*row) for row in rows)


def add_contributions(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Insert an accepted list's rows."""
    insert_rows(session, Contribution, rows)
