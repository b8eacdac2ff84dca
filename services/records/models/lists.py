"""The tables of employers' lists: people, workshops, lists, and their rows.

A list is one month of one workshop under one list number, so person × list is a contribution's key.
"""

import uuid
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from services.kit.db import BigKey, sql_now
from services.kit.jalali import JalaliMonth
from services.kit.ordered_ids import new_ordered_id
from services.records.models.base import Base, Sex
from services.records.models.files import MAX_KEY_LENGTH, MAX_PATH_LENGTH

# Characters of an officer's reason for an access.
MAX_REASON_LENGTH = 200


class Person(Base):
    """An insured person, by national code; a foreigner without a national code, by insurance number.

    The first value that a list gives remains until officers correct it; a later list only fills missing
    values. A person who was merged into another has no rows any more, and is found as that other person.
    """

    __tablename__ = "people"
    __table_args__ = (
        sa.Index(
            "uq_people_insurance_number_without_code",
            "insurance_number",
            unique=True,
            sqlite_where=sa.text("national_code IS NULL"),
            postgresql_where=sa.text("national_code IS NULL"),
        ),
        sa.Index("ix_people_insurance_number", "insurance_number"),
        sa.Index("ix_people_birth_date", "birth_date"),
        sa.Index(
            "ix_people_merged",
            "position",
            sqlite_where=sa.text("merged_into_position IS NOT NULL"),
            postgresql_where=sa.text("merged_into_position IS NOT NULL"),
        ),
        sa.CheckConstraint(
            "national_code IS NOT NULL OR insurance_number IS NOT NULL", name="known_by_number"
        ),
        sa.CheckConstraint("length(national_code) = 10", name="national_code_length"),
    )

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4, unique=True)
    national_code: Mapped[str | None] = mapped_column(sa.String(10), unique=True)
    insurance_number: Mapped[str | None] = mapped_column(sa.String(10))
    first_name: Mapped[str]
    last_name: Mapped[str]
    father_name: Mapped[str | None]
    birth_date: Mapped[date | None]
    sex: Mapped[Sex | None]
    id_number: Mapped[str | None]
    merged_into_position: Mapped[int | None] = mapped_column(sa.ForeignKey("people.position"))
    # Without leading zeros. NULL also for a person without a code whose number another such person has.
    canonical_insurance_number: Mapped[str | None] = mapped_column(sa.String(10))

    @validates("insurance_number")
    def _set_canonical_number(self, _name: str, number: str | None) -> str | None:
        """Set the canonical number beside the number, also where officers change it."""
        self.canonical_insurance_number = number and number.lstrip("0")
        return number


class Workshop(Base):
    """An employer's unit, with the name of the latest month that was imported."""

    __tablename__ = "workshops"
    __table_args__ = (
        # All that a statement shows of a workshop.
        sa.Index("ix_workshops_shown", "position", postgresql_include=["code", "name"]),
    )

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    code: Mapped[str] = mapped_column(sa.String(10), unique=True)
    name: Mapped[str]
    address: Mapped[str]
    named_in: Mapped[JalaliMonth]
    # Ten characters. NULL if an older workshop has the same one, or if code of before 0.2 added the row.
    canonical_code: Mapped[str | None] = mapped_column(sa.String(10))
    # The key by which the name is searched. NULL until the housekeeping has filled it, in rows of older code.
    folded_name: Mapped[str | None]


class Content:
    """The content of a list as a version of it was accepted: sums, hashes, findings and files.

    `content_sha256` is the same for the same content, in either encoding. `header_object` and
    `workers_object` are the keys of the sealed files; lists that were imported before files were kept have
    none. `file_name` is the name of the files as they were uploaded, or their path in an archive.
    """

    header_sha256: Mapped[str] = mapped_column(sa.String(64))
    workers_sha256: Mapped[str] = mapped_column(sa.String(64))
    content_sha256: Mapped[str] = mapped_column(sa.String(64))
    workers: Mapped[int]
    total_days: Mapped[int]
    total_wage: Mapped[int] = mapped_column(sa.BigInteger())
    total_premium: Mapped[int] = mapped_column(sa.BigInteger())
    findings: Mapped[list[dict[str, Any]]]
    findings_total: Mapped[int]
    imported_by: Mapped[str] = mapped_column(sa.String(36))
    imported_at: Mapped[datetime] = mapped_column(default=sql_now())
    contract_row: Mapped[str | None] = mapped_column(sa.String(3))
    hard_jobs: Mapped[int | None] = mapped_column(sa.BigInteger())
    header_object: Mapped[str | None] = mapped_column(sa.String(MAX_KEY_LENGTH))
    workers_object: Mapped[str | None] = mapped_column(sa.String(MAX_KEY_LENGTH))
    # May name people: never in logs. NULL in rows of before 0.3.
    file_name: Mapped[str | None] = mapped_column(sa.String(MAX_PATH_LENGTH))

    @property
    def has_files(self) -> bool:
        """Return whether the files of this content were stored."""
        return self.header_object is not None and self.workers_object is not None


class ImportedList(Content, Base):
    """One list: a workshop's month under one list number, with the content of its current version.

    A replacement changes the content, and a withdrawn list has no rows that count; the row itself stays.
    """

    __tablename__ = "lists"
    __table_args__ = (
        sa.UniqueConstraint("workshop_position", "month", "list_number"),
        sa.Index("ix_lists_month_position", "month", "position"),
        sa.CheckConstraint("month % 100 BETWEEN 1 AND 12", name="month"),
        sa.Index("ix_lists_imported_at", "imported_at"),
        # The beginnings of words, which no other kind of index finds without an extension.
        sa.Index(
            "ix_lists_file_words",
            sa.text("array_to_tsvector(string_to_array(file_words, ' '))"),
            postgresql_using="gin",
        ).ddl_if(dialect="postgresql"),
    )

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    id: Mapped[uuid.UUID] = mapped_column(default=new_ordered_id, unique=True)
    workshop_position: Mapped[int] = mapped_column(sa.ForeignKey("workshops.position"))
    month: Mapped[JalaliMonth]
    list_number: Mapped[str]
    # Without leading zeros. NULL if an older list of the same workshop and month has the same one, or if
    # code of before 0.2 added the row.
    canonical_number: Mapped[str | None] = mapped_column(sa.String(12))
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    withdrawn_at: Mapped[datetime | None]
    # The words by which `file_name` is searched.
    file_words: Mapped[str | None] = mapped_column(sa.Text())
    workshop: Mapped[Workshop] = relationship()
    # Not a column: `store.identities.load_held` fills it.
    held: int = 0


class ListVersion(Content, Base):
    """A version of a list that was replaced or withdrawn by a proposal, `ended_by`. It never changes."""

    __tablename__ = "list_versions"
    __table_args__ = (sa.UniqueConstraint("list_position", "version"),)

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    list_position: Mapped[int] = mapped_column(sa.ForeignKey("lists.position"))
    version: Mapped[int]
    ended_at: Mapped[datetime] = mapped_column(default=sql_now())
    ended_by: Mapped[uuid.UUID | None]


class Figures:
    """The figures of one row of a list: a person's days and money of one month. Money is whole rials.

    `wage` is DSW_MASH, the insurable total; `gross` DSW_TOTL; `premium` DSW_BIME, the worker's share. The job
    and the dates are NULL in rows that were imported before they were kept. `stated` has a bit for each field
    of the identity that the row stated; NULL if the row was imported before that was stored.
    """

    days: Mapped[int] = mapped_column(sa.SmallInteger())
    wage: Mapped[int] = mapped_column(sa.BigInteger())
    premium: Mapped[int] = mapped_column(sa.BigInteger())
    gross: Mapped[int] = mapped_column(sa.BigInteger())
    job_title: Mapped[str | None]
    job_code: Mapped[str | None] = mapped_column(sa.String(6))
    start_date: Mapped[date | None]
    leave_date: Mapped[date | None]
    stated: Mapped[int | None] = mapped_column(sa.SmallInteger())


class Contribution(Figures, Base):
    """One row of a list in force, with what a statement needs of its list.

    PostgreSQL partitions the table by Jalali year, and each partition has a unique index of its own
    (`store.years`); a key of the whole table would have to contain the month. No foreign key: its check would
    lock, and so write, a page of `people` for each row (docs/decisions/0019).
    """

    __tablename__ = "contributions"
    __table_args__ = (
        sa.PrimaryKeyConstraint("person_position", "list_position").ddl_if(dialect="sqlite"),
        sa.CheckConstraint("days BETWEEN 0 AND 31", name="days"),
        sa.CheckConstraint("wage >= 0 AND premium >= 0 AND gross >= 0", name="money"),
        sa.Index(
            "ix_contributions_list_position",
            "list_position",
            postgresql_using="brin",
            postgresql_with={"autosummarize": True},
        ),
        {"postgresql_partition_by": "RANGE (month)"},
    )

    person_position: Mapped[int] = mapped_column(BigKey, primary_key=True)
    list_position: Mapped[int] = mapped_column(BigKey, primary_key=True)
    row: Mapped[int]
    # As in `lists`: 140307. 0 in a row of code of before 0.2 that was not moved to its year yet.
    month: Mapped[int] = mapped_column(server_default="0")
    workshop_position: Mapped[int | None] = mapped_column(BigKey)
    list_number: Mapped[str | None]


class FormerContribution(Figures, Base):
    """One row of a version of a list that was replaced or withdrawn. It counts nowhere."""

    __tablename__ = "former_contributions"

    list_position: Mapped[int] = mapped_column(sa.ForeignKey("lists.position"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True)
    person_position: Mapped[int] = mapped_column(sa.ForeignKey("people.position"))


class ProposedList(Base):
    """A part of a list that waits for two officers: its header with findings (part 0), or some of its rows.

    The confirmation reads it here, so that it imports what the officers saw and needs no object store. It is
    deleted with the decision.
    """

    __tablename__ = "proposed_lists"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[dict[str, Any]]


class RefusedLists(Base):
    """The number of uploads of lists that were refused on a day in Tehran. Nothing else is kept of them."""

    __tablename__ = "refused_lists"

    day: Mapped[date] = mapped_column(primary_key=True)
    count: Mapped[int]


class Access(Base):
    """An officer has seen a person's data. Rows are only added.

    Rows of versions that required no reason have neither `kind` nor `reason`; a decision has no `reason`
    either.
    """

    __tablename__ = "access_log"
    __table_args__ = (
        sa.Index("ix_access_log_person_id_position", "person_id", "position"),
        sa.Index("ix_access_log_officer_id_position", "officer_id", "position"),
        sa.Index("ix_access_log_at", "at"),
    )

    position: Mapped[int] = mapped_column(BigKey, primary_key=True, autoincrement=True)
    officer_id: Mapped[str] = mapped_column(sa.String(36))
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("people.id"))
    request_id: Mapped[str] = mapped_column(sa.String(64))
    at: Mapped[datetime] = mapped_column(default=sql_now())
    kind: Mapped[str | None] = mapped_column(sa.String(16))
    reason: Mapped[str | None] = mapped_column(sa.String(MAX_REASON_LENGTH))
