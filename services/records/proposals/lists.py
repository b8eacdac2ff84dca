"""Proposals that withdraw a list, or replace it by another one with the same number."""

import hashlib
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar, NamedTuple

import structlog
from sqlalchemy.orm import Session

from services.kit.db import read_database_time
from services.kit.jalali import format_jalali_date
from services.kit.problems import Text, ValidationFailed
from services.records.actions import lists as imports
from services.records.actions.files import release_files
from services.records.actions.list_files import ReceivedFiles, ValidList
from services.records.actions.listed_people import ListedPeople
from services.records.actions.proposed_lists import load_proposed_files, load_proposed_list
from services.records.errors import TargetUnknown
from services.records.lists.canonical import canonicalise_list_number, canonicalise_workshop_code
from services.records.models import ImportedList, Proposal, ProposalKind
from services.records.proposals.handlers import MAX_DIFFERENCES, Preparation
from services.records.proposals.system_corrections import propose_corrections_after
from services.records.store import list_versions, people
from services.records.store.identities import lock_held_rows
from services.records.store.list_versions import FIGURES
from services.records.store.lists import lock_list_by_id

WITHDRAWN = Text(
    "این لیست پس گرفته شده است. فهرست لیست‌ها را دوباره باز کنید.",
    "This list is withdrawn. Open the collection of lists again.",
)
NO_CHANGE = Text(
    "پس گرفتن لیست فیلدی ندارد. `change` را خالی بفرستید.",
    "A withdrawal has no fields. Send an empty `change`.",
)
FILES_MISSING = Text(
    "لیست جایگزین با دو فایل آن فرستاده می‌شود، نه این‌گونه.",
    "A replacement is sent with its two files, by the list's call `replacement`.",
)
ANOTHER_LIST = Text(
    "کارگاه، ماه یا شماره این فایل‌ها با لیستی که جایگزین می‌شود یکی نیست. فایل‌ها را بررسی کنید.",
    "These files are of another workshop, month or number than the list to replace. Check the files.",
)
SAME_CONTENT = Text(
    "محتوای این فایل‌ها همان لیست کنونی است. چیزی برای جایگزینی نیست.",
    "These files have the content of the list as it is. There is nothing to replace.",
)

log = structlog.get_logger()


class _Change(NamedTuple):
    """One value of one person's row that changes; `person` is None for somebody new."""

    person: int | None
    row: int
    national_code: str | None
    field: str
    old: Any
    new: Any


def lock_list_in_force(session: Session, list_id: uuid.UUID) -> ImportedList:
    """Return the list of that id, locked with its held rows, which no decision can count meanwhile.

    Raises TargetUnknown, and ValidationFailed if it is withdrawn.
    """
    imported = lock_list_by_id(session, list_id)
    if imported is None:
        raise TargetUnknown
    if imported.withdrawn_at is not None:
        raise ValidationFailed(("target", WITHDRAWN))
    lock_held_rows(session, list_id=list_id)
    return imported


def check_replacement(imported: ImportedList, valid_list: ValidList) -> None:
    """Raise ValidationFailed unless a list has the number of a stored one, and other content."""
    header, workshop = valid_list.header, imported.workshop
    stored = (
        canonicalise_workshop_code(workshop.code),
        imported.month,
        canonicalise_list_number(imported.list_number),
    )
    if (header.workshop_code, header.month, header.list_number) != stored:
        raise ValidationFailed(("header", ANOTHER_LIST))
    if imports.has_same_content(imported, valid_list):
        raise ValidationFailed(("workers", SAME_CONTENT))


class ListWithdrawal:
    """Withdraw a list: its rows count in nobody's record, and its number may be used again."""

    kind: ClassVar[ProposalKind] = ProposalKind.LIST_WITHDRAWAL
    scope: ClassVar[str] = "lists"

    def prepare(self, session: Session, target: uuid.UUID, change: Mapping[str, Any]) -> Preparation:
        """Return the rows that will not count any more."""
        imported = lock_list_in_force(session, target)
        if change:
            raise ValidationFailed(("change", NO_CHANGE))
        rows = list_versions.fetch_rows(session, imported)
        return _prepare(imported, {}, rows, _compare(rows, {}, []))

    def apply(self, session: Session, proposal: Proposal) -> None:
        """Move the rows of the list to where nothing counts them."""
        imported = lock_list_in_force(session, proposal.target)
        rows = list_versions.fetch_rows(session, imported)
        list_versions.end_version(session, imported, proposal.id)
        imported.withdrawn_at = read_database_time(session)
        _add_events(session, imported, [row.person_position for row in rows], proposal)
        log.info("list.withdrawn", list_id=str(imported.id), proposal=str(proposal.id))

    def discard(self, session: Session, proposal: Proposal) -> None:
        """Leave the list as it is."""


class ListReplacement:
    """Replace the content of a list: `change.files` is the id under which the new one is stored."""

    kind: ClassVar[ProposalKind] = ProposalKind.LIST_REPLACEMENT
    scope: ClassVar[str] = "lists"

    def prepare(self, session: Session, target: uuid.UUID, change: Mapping[str, Any]) -> Preparation:
        """Return what differs, row by row."""
        imported = lock_list_in_force(session, target)
        valid_list = _load(session, change)
        check_replacement(imported, valid_list)
        rows = list_versions.fetch_rows(session, imported)
        canonical = {
            "files": str(change["files"]),
            "header_sha256": valid_list.header_sha256,
            "workers_sha256": valid_list.workers_sha256,
        }
        listed_people = ListedPeople(session, valid_list.rows)
        counted = listed_people.find_counted_rows()
        return _prepare(imported, canonical, rows, _compare(rows, listed_people.list_known_rows(), counted))

    def apply(self, session: Session, proposal: Proposal) -> None:
        """Move the rows of the list to where nothing counts them, and add the new ones as in an import."""
        imported = lock_list_in_force(session, proposal.target)
        valid_list = _load(session, proposal.change)
        received = load_proposed_files(session, uuid.UUID(proposal.change["files"]))
        before = _index_figures(list_versions.fetch_rows(session, imported))
        list_versions.end_version(session, imported, proposal.id)
        content = imports.describe_content(valid_list, received, str(proposal.proposed_by))
        imports.replace_content(session, imported, content)
        session.flush()
        imports.add_rows(session, imported, valid_list)
        propose_corrections_after(session, imported.position)
        after = _index_figures(list_versions.fetch_rows(session, imported))
        changed = [person for person in before | after if before.get(person) != after.get(person)]
        _add_events(session, imported, changed, proposal)
        list_versions.delete_proposed_list(session, received.id)
        log.info("list.replaced", list_id=str(imported.id), proposal=str(proposal.id))

    def discard(self, session: Session, proposal: Proposal) -> None:
        """Release the files, which the housekeeping then removes."""
        received = ReceivedFiles(uuid.UUID(proposal.change["files"]))
        release_files(session, received.keys)
        list_versions.delete_proposed_list(session, received.id)


def _load(session: Session, change: Mapping[str, Any]) -> ValidList:
    """Return the list that a change names. Raises ValidationFailed."""
    try:
        proposed_id = uuid.UUID(change.get("files"))
    except (AttributeError, TypeError, ValueError):
        raise ValidationFailed(("change.files", FILES_MISSING)) from None
    valid_list = load_proposed_list(session, proposed_id)
    if valid_list is None:
        raise ValidationFailed(("change.files", FILES_MISSING))
    return valid_list


def _prepare(
    imported: ImportedList,
    change: Mapping[str, Any],
    rows: Sequence[Any],
    changes: Iterator[_Change],
) -> Preparation:
    sorted_changes = sorted(changes, key=lambda change: change.row)
    concerned = {change.person for change in sorted_changes if change.person is not None}
    visible = {change.person for change in sorted_changes[:MAX_DIFFERENCES] if change.person is not None}
    differences = [
        {
            "row": change.row,
            "national_code": change.national_code,
            "field": _FIELDS.get(change.field, change.field),
            "old": _format_value(change.old),
            "new": _format_value(change.new),
        }
        for change in sorted_changes
    ]
    return Preparation(
        change=change,
        differences=differences,
        # What would count for whom may change without the rows: people become known, and are corrected.
        state={
            "version": imported.version,
            "rows": _hash_rows(map(tuple, rows)),
            "changes": _hash_rows(change[1:] for change in sorted_changes),
        },
        people=sorted(concerned),
        visible=sorted(visible),
    )


def _hash_rows(rows: Iterable[tuple[Any, ...]]) -> str:
    return hashlib.sha256("\n".join(map(str, rows)).encode()).hexdigest()


# As the API names them.
_FIELDS = {"start_date": "start_date_jalali", "leave_date": "leave_date_jalali"}


def _format_value(value: Any) -> Any:
    return format_jalali_date(value) if isinstance(value, date) else value


def _compare(
    rows: Sequence[Any], position_by_row: Mapping[int, int], new_rows: Sequence[Any]
) -> Iterator[_Change]:
    """Yield each figure that differs between the rows in force and new ones, by person."""
    old_by_person = {row.person_position: row for row in rows}
    for new in new_rows:
        person = position_by_row.get(new.row)
        old = old_by_person.pop(person, None) if person is not None else None
        figures = imports.describe_figures(new)
        for field in _COMPARED:
            before = getattr(old, field) if old else None
            if before != figures[field]:
                yield _Change(person, new.row, new.national_code, field, before, figures[field])
    for old in old_by_person.values():
        for field in _COMPARED:
            before = getattr(old, field)
            if before is not None:
                yield _Change(old.person_position, old.row, old.national_code, field, before, None)


# What a row states about the identity is not a figure.
_COMPARED = tuple(name for name in FIGURES if name != "stated")


def _index_figures(rows: Sequence[Any]) -> dict[int, tuple[Any, ...]]:
    return {row.person_position: tuple(getattr(row, name) for name in _COMPARED) for row in rows}


def _add_events(
    session: Session, imported: ImportedList, positions: Sequence[int], proposal: Proposal
) -> None:
    ids = [str(person_id) for person_id in people.fetch_person_ids(session, positions)]
    imports.add_events(session, imported, ids, proposal.id)
