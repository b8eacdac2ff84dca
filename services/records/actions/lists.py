"""Importing employers' lists: a whole list or nothing, each list once, each person once.

Its two files are stored, sealed, before the transaction that adds it, so an accepted list always has them.
A list may have 100,000 rows. They are written in batches, so that an import takes little more memory than the
list.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import structlog
from sqlalchemy.orm import Session

from services.kit import outbox
from services.kit.db import read_database_time
from services.kit.problems import Unavailable
from services.kit.subjects import pack_subjects
from services.records.actions import files
from services.records.actions.identities import MAX_NAME_LENGTH, compute_stated
from services.records.actions.list_files import StoredFiles, ValidList
from services.records.actions.listed_people import ListedPeople, split_rows
from services.records.actions.people_additions import save_people
from services.records.actions.short_codes import resolve_short_codes
from services.records.errors import ListRefused
from services.records.lists import Finding, ListHeader, WorkerRow
from services.records.lists.checks import describe_changed_list
from services.records.lists.file_names import build_file_words
from services.records.lists.finding_logs import MAX_FINDINGS
from services.records.models import ImportedList, Outbox
from services.records.store import contributions, lists, people
from services.records.store.known_people import KnownPeople

# Subjects in one event, so that the feed's pages stay small.
MAX_SUBJECTS = 1_000
# Characters of a job title that are stored: the width of the widest column in use.
MAX_JOB_LENGTH = 100

log = structlog.get_logger()


def find_imported(session: Session, valid_list: ValidList) -> ImportedList | None:
    """Return the list in force that has this content; None if no list in force has its number.

    Raises ListRefused if a list of the same workshop, month and number has other content.
    """
    header = valid_list.header
    same_number = lists.list_by_number(session, header.workshop_code, header.month, header.list_number)
    return choose_imported(same_number, valid_list)


def choose_imported(same_number: Iterable[ImportedList], valid_list: ValidList) -> ImportedList | None:
    """Return the list in force among those of one number that has this content; None if none is in force.

    Raises ListRefused as `find_imported`.
    """
    in_force = [imported for imported in same_number if imported.withdrawn_at is None]
    for imported in in_force:
        if has_same_content(imported, valid_list):
            return imported
    if in_force:
        log.info("list.changed", list_id=str(in_force[0].id))
        finding = asdict(describe_changed_list(valid_list.header)) | {"list_id": str(in_force[0].id)}
        raise ListRefused([finding], 1)
    return None


def has_same_content(imported: ImportedList, valid_list: ValidList) -> bool:
    """Return whether a list was imported, also by an earlier version, from this content or these files."""
    files_of_both = {(one.header_sha256, one.workers_sha256) for one in (imported, valid_list)}
    hashes = {valid_list.content_sha256, valid_list.former_sha256}
    return imported.content_sha256 in hashes or len(files_of_both) == 1


def import_list(
    session: Session, valid_list: ValidList, received: StoredFiles, officer_id: str
) -> tuple[ImportedList, bool]:
    """Return the stored list, and whether this call has added it.

    The number of a withdrawn list may be used again: the list gets its next version. Raises ListRefused if a
    list of the same workshop, month and number was imported with other content, or if a short national code
    fits no known person.
    """
    header = valid_list.header
    workshop = lists.save_workshop(
        session, header.workshop_code, header.workshop_name[:MAX_NAME_LENGTH], header.address, header.month
    )
    if imported := find_imported(session, valid_list):
        return imported, False
    valid_list = resolve_short_codes(session, valid_list)
    content = describe_content(valid_list, received, officer_id)
    added = _reuse_withdrawn(session, header, content) or lists.add_list(
        session,
        content
        | {
            "workshop_position": workshop,
            "month": header.month,
            "list_number": header.list_number,
            "canonical_number": header.list_number,
        },
    )
    if added is None:
        # Another import of the same list has ended meanwhile.
        imported = find_imported(session, valid_list)
        if imported is None:
            raise Unavailable
        return imported, False
    files.keep_files(session, received.keys)
    ids = add_rows(session, added, valid_list)
    add_events(session, added, ids)
    log.info("list.imported", list_id=str(added.id), workers=added.workers, findings=added.findings_total)
    return added, True


def _reuse_withdrawn(session: Session, header: ListHeader, content: Mapping[str, Any]) -> ImportedList | None:
    """Return the withdrawn list of that number with new content, as its next version; None without one."""
    for imported in lists.list_by_number(session, header.workshop_code, header.month, header.list_number):
        locked = lists.lock_list(session, imported.position)
        if locked.withdrawn_at is not None:
            locked.withdrawn_at = None
            replace_content(session, locked, content)
            return locked
    return None


def replace_content(session: Session, imported: ImportedList, content: Mapping[str, Any]) -> None:
    """Give a list the content of its next version. Its former rows were moved before, its new ones follow."""
    for name, value in content.items():
        setattr(imported, name, value)
    imported.version += 1
    imported.imported_at = read_database_time(session)


def add_rows(session: Session, added: ImportedList, valid_list: ValidList) -> Sequence[str]:
    """Return the ids of a list's people after adding its rows and its findings, and people who are new."""
    people.block_mergers(session)
    known_people = KnownPeople(session)
    listed_people = ListedPeople(session, valid_list.rows, known_people)
    save_people(session, known_people, [listed_people])
    for name, value in describe_findings(valid_list, listed_people).items():
        setattr(added, name, value)
    positions = listed_people.positions
    for batch in split_rows(range(len(valid_list.rows))):
        start, end = batch[0], batch[-1] + 1
        rows = zip(positions[start:end], valid_list.rows[start:end], strict=True)
        contributions.add_contributions(
            session,
            added,
            [describe_contribution(row, position, added.position) for position, row in rows if position],
        )
    # A merger that has ended just before would leave the rows behind.
    if people.is_any_merged(session, positions):
        raise Unavailable
    listed_people.save_doubts(added)
    return listed_people.ids


def describe_content(valid_list: ValidList, received: StoredFiles, officer_id: str) -> dict[str, Any]:
    """Return the columns of a list that are its content; findings follow with its rows."""
    header = valid_list.header
    return {
        "header_sha256": valid_list.header_sha256,
        "workers_sha256": valid_list.workers_sha256,
        "content_sha256": valid_list.content_sha256,
        "workers": header.workers,
        "total_days": header.days,
        "total_wage": header.insurable,
        "total_premium": header.premium,
        "findings": [],
        "findings_total": 0,
        "imported_by": officer_id,
        "contract_row": header.contract_row[:3] or None,
        "hard_jobs": header.hard_jobs,
        "header_object": received.header_object,
        "workers_object": received.workers_object,
        "file_name": received.name,
        "file_words": received.name and build_file_words(received.name),
    }


def describe_findings(valid_list: ValidList, listed_people: ListedPeople) -> dict[str, Any]:
    """Return the columns of a list that are the findings of its files and of its people."""
    findings = _sort_findings([*valid_list.findings, *listed_people.findings.list_first()])
    return {
        "findings": [asdict(finding) for finding in findings[:MAX_FINDINGS]],
        "findings_total": valid_list.findings_total + listed_people.findings.total,
    }


def _sort_findings(findings: list[Finding]) -> list[Finding]:
    """Return the findings of files and people in one order: held rows first, then by file and row."""
    return sorted(findings, key=lambda finding: (finding.severity, finding.file, finding.row or 0))


def describe_contribution(row: WorkerRow, person_position: int, list_position: int) -> dict[str, Any]:
    """Return the columns of a row of a list that counts for a person."""
    return {
        "person_position": person_position,
        "list_position": list_position,
        "row": row.row,
        "stated": compute_stated(row),
        **describe_figures(row),
    }


def describe_figures(row: WorkerRow) -> dict[str, Any]:
    """Return the figures of a row as they are stored, by column."""
    return {
        "days": row.days,
        "wage": row.insurable,
        "premium": row.premium,
        "gross": row.gross,
        "job_title": row.job_title[:MAX_JOB_LENGTH] or None,
        "job_code": row.job_code[:6] or None,
        "start_date": row.start_date,
        "leave_date": row.leave_date,
    }


def add_events(
    session: Session, imported: ImportedList, ids: Sequence[str], proposal_id: uuid.UUID | None = None
) -> None:
    """Emit that the records of these people have changed in the month of a list."""
    of_proposal = {"proposal_id": str(proposal_id)} if proposal_id else {}
    events = [data | of_proposal for data in describe_events(imported, ids)]
    outbox.add_events(session, Outbox, "record.changed", events)


def describe_events(imported: ImportedList, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the data of the events that the records of these people have changed in the month of a list."""
    for start in range(0, len(ids), MAX_SUBJECTS):
        yield {
            "list_id": str(imported.id),
            "month_jalali": str(imported.month),
            **pack_subjects(ids[start : start + MAX_SUBJECTS]),
        }
