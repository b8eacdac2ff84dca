"""A person's listed months, and the rows that an import adds."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.kit.jalali import JalaliMonth, format_jalali_date
from services.records.models import Contribution, ImportedList, Person, Workshop
from services.records.store.objections import UNNAMED
from services.records.store.upserts import copy_rows
from services.records.store.years import ensure_year


class ListedMonth(NamedTuple):
    """A contribution with its list, or with the objection that corrected it. Money is whole rials.

    A corrected row has the objection, and the days of its list as `listed_days`, None without a list. What a
    statement does not show, and what only the list has, is blank until `load_sources` fills it.
    """

    month: JalaliMonth
    workshop_code: str
    list_number: str
    row: int
    workshop_name: str
    days: int
    wage: int
    premium: int = 0
    gross: int = 0
    list_id: uuid.UUID | None = None
    workers_sha256: str | None = None
    listed_days: int | None = None
    objection_id: uuid.UUID | None = None
    tracking_number: str | None = None
    job_title: str = ""
    job_code: str = ""
    start_date: date | None = None
    leave_date: date | None = None
    contract_row: str | None = None
    hard_jobs: int | None = None
    list_position: int | None = None

    @property
    def order(self) -> tuple[JalaliMonth, str, int, str, int, str]:
        """Return the key that rows are sorted by; list number 2 comes before 10."""
        number = len(self.list_number), self.list_number
        return self.month, self.workshop_code, *number, self.row, self.workshop_name

    @property
    def is_listed(self) -> bool:
        """Return whether a list has the row, not only an objection."""
        return self.list_position is not None or self.list_id is not None

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
        return {
            "kind": "objection" if self.objection_id else "list",
            "workshop_code": self.workshop_code,
            "list_id": self.list_id,
            "list_number": self.list_number if self.is_listed else None,
            "file_sha256": self.workers_sha256,
            "row": self.row if self.is_listed else None,
            "listed_days": self.listed_days if self.objection_id else self.days,
            "objection_id": self.objection_id,
            "tracking_number": self.tracking_number,
        }


# What a statement shows of a row; the index of a closed year has it (`years`).
_SHOWN = {
    "month": Contribution.month,
    "list_number": Contribution.list_number,
    "workshop_position": Contribution.workshop_position,
    "row": Contribution.row,
    "days": Contribution.days,
    "wage": Contribution.wage,
    "job_title": sa.func.coalesce(Contribution.job_title, ""),
    "list_position": Contribution.list_position,
}
# Every look at a record needs these queries, and building a statement costs about as much as executing it.
_OF_PERSON = sa.select(*_SHOWN.values()).where(
    Contribution.person_position == sa.bindparam("person_position")
)
_WORKSHOPS = sa.select(Workshop.position, Workshop.code, Workshop.name).where(
    Workshop.position.in_(sa.bindparam("positions", expanding=True))
)
# What `load_sources` adds.
_DETAILS = {
    "premium": Contribution.premium,
    "gross": Contribution.gross,
    "job_code": sa.func.coalesce(Contribution.job_code, ""),
    "start_date": Contribution.start_date,
    "leave_date": Contribution.leave_date,
    "list_id": ImportedList.id,
    "workers_sha256": ImportedList.workers_sha256,
    "contract_row": ImportedList.contract_row,
    "hard_jobs": ImportedList.hard_jobs,
}


def is_of_list(imported: ImportedList) -> sa.ColumnElement[bool]:
    """Return the condition of the rows of a list: in the partition of its year, or not moved there yet."""
    return sa.and_(
        Contribution.list_position == imported.position,
        Contribution.month.in_([0, describe_place(imported)["month"]]),
    )


def fetch_listed_months(session: Session, person: Person) -> Sequence[ListedMonth]:
    """Return a person's listed contributions, sorted by month, workshop code and list number.

    They are without what a statement does not need (`load_sources`).
    """
    page = session.execute(_OF_PERSON, {"person_position": person.position})
    rows = _place_rows(session, [dict(zip(_SHOWN, row, strict=True)) for row in page])
    workshops = _fetch_workshops(session, {row["workshop_position"] for row in rows})
    months = (ListedMonth(**workshops[row.pop("workshop_position")], **row) for row in rows)
    # Sorted here, because collations of codes differ between databases.
    return sorted(months, key=lambda month: month.order)


def _place_rows(session: Session, rows: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
    """Return rows with month, workshop and list number: those of older code get them from their lists."""
    unmoved = {row["list_position"] for row in rows if not row["month"]}
    lists: Mapping[int, ImportedList] = {}
    if unmoved:
        query = sa.select(ImportedList).where(ImportedList.position.in_(unmoved))
        lists = {imported.position: imported for imported in session.scalars(query)}
    for row in rows:
        if imported := lists.get(row["list_position"]):
            row.update(describe_place(imported))
    return [row | {"month": JalaliMonth(*divmod(row["month"], 100))} for row in rows]


def _fetch_workshops(session: Session, positions: Collection[int]) -> Mapping[int, Mapping[str, Any]]:
    """Return the codes and names of workshops. A join may read the whole table for the few of a person."""
    rows = session.execute(_WORKSHOPS, {"positions": list(positions)})
    return {position: {"workshop_code": code, "workshop_name": name} for position, code, name in rows}


def load_sources(session: Session, person: Person, rows: Sequence[ListedMonth]) -> Sequence[ListedMonth]:
    """Return rows of a person with their other figures, and the id, the hash and the facts of their lists."""
    listed_rows = [row for row in rows if row.list_position is not None]
    months = {0, *(_number_month(row.month) for row in listed_rows)}
    details = session.execute(
        sa.select(Contribution.list_position, *_DETAILS.values())
        .join(ImportedList, ImportedList.position == Contribution.list_position)
        .where(
            Contribution.person_position == person.position,
            Contribution.list_position.in_([row.list_position for row in listed_rows]),
            Contribution.month.in_(sorted(months)),
        )
    )
    by_list = {row[0]: dict(zip(_DETAILS, row[1:], strict=True)) for row in details}
    return [row._replace(**by_list.get(row.list_position or 0, {})) for row in rows]


def has_contribution(session: Session, person_position: int, list_position: int) -> bool:
    """Return whether a row of the list counts for the person."""
    return session.get(Contribution, (person_position, list_position)) is not None


def _number_month(month: JalaliMonth) -> int:
    return month.year * 100 + month.month


def describe_place(imported: ImportedList) -> dict[str, Any]:
    """Return the columns of contributions that are the same in all rows of a list."""
    return {
        "month": _number_month(imported.month),
        "workshop_position": imported.workshop_position,
        "list_number": imported.list_number,
    }


def add_contributions(session: Session, imported: ImportedList, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows of an accepted list."""
    add_contributions_of_lists(session, [(imported, rows)])


def add_contributions_of_lists(
    session: Session, rows_by_list: Sequence[tuple[ImportedList, Sequence[dict[str, Any]]]]
) -> None:
    """Insert rows of several accepted lists together."""
    for year in sorted({imported.month.year for imported, _ in rows_by_list}):
        ensure_year(session, year)
    placed: list[dict[str, Any]] = []
    for imported, rows in rows_by_list:
        place = describe_place(imported)
        placed += [row | place for row in rows]
    copy_rows(session, Contribution, placed)
