"""Importing employers' lists: a whole list or nothing, each list once, each person once.

Its two files are stored, sealed, before the transaction that adds it, so an accepted list always has them.
A list may have 100,000 rows. They are written in batches, so that an import takes little more memory than the
list.
"""

import uuid
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import structlog
from sqlalchemy.orm import Session

from services.kit.db import read_database_time
from services.kit.outbox import add_event
from services.kit.problems import Unavailable
from services.records.actions import files
from services.records.actions.list_files import ReceivedFiles, ValidList
from services.records.actions.short_codes import resolve_short_codes
from services.records.errors import ListRefused
from services.records.lists import ListHeader, WorkerRow
from services.records.lists.checks import KnownIdentity, check_identities, describe_changed_list
from services.records.lists.finding_logs import MAX_FINDINGS, FindingLog
from services.records.models import ImportedList, Outbox, Sex
from services.records.store import contributions, lists, people
from services.records.store.people import FILLABLE, KnownPerson, PersonKey

# Subjects in one event, so that the feed's pages stay small.
MAX_SUBJECTS = 1_000
# Rows of one SQL statement.
BATCH = 5_000
# Characters of a name that are stored: a letter cannot print more.
MAX_NAME_LENGTH = 100
# Characters of a job title that are stored: the width of the widest column in use.
MAX_JOB_LENGTH = 100

log = structlog.get_logger()


def find_imported(session: Session, valid_list: ValidList) -> ImportedList | None:
    """Return the list in force that has this content; None if no list in force has its number.

    Raises ListRefused if a list of the same workshop, month and number has other content.
    """
    header = valid_list.header
    same_number = lists.list_by_number(session, header.workshop_code, header.month, header.list_number)
    in_force = [imported for imported in same_number if imported.withdrawn_at is None]
    for imported in in_force:
        if has_same_content(imported, valid_list):
            return imported
    if in_force:
        log.info("list.changed", list_id=str(in_force[0].id))
        raise ListRefused([asdict(describe_changed_list(header))], 1)
    return None


def has_same_content(imported: ImportedList, valid_list: ValidList) -> bool:
    """Return whether a list was imported, also by an earlier version, from this content or these files."""
    files_of_both = {(one.header_sha256, one.workers_sha256) for one in (imported, valid_list)}
    hashes = {valid_list.content_sha256, valid_list.former_sha256}
    return imported.content_sha256 in hashes or len(files_of_both) == 1


def import_list(
    session: Session, valid_list: ValidList, received: ReceivedFiles, officer_id: str
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
    added = _revive_withdrawn(session, header, content) or lists.add_list(
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


def _revive_withdrawn(
    session: Session, header: ListHeader, content: Mapping[str, Any]
) -> ImportedList | None:
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
    listed_people = _ListedPeople(session, valid_list.rows, MAX_FINDINGS - len(valid_list.findings))
    listed_people.save()
    findings = [*valid_list.findings, *listed_people.findings.list_first()]
    added.findings = [asdict(finding) for finding in findings]
    added.findings_total = valid_list.findings_total + listed_people.findings.total
    for batch in _split_rows(range(len(valid_list.rows))):
        rows = [
            _describe_contribution(valid_list.rows[at], listed_people.positions[at], added) for at in batch
        ]
        contributions.add_contributions(session, rows)
    return listed_people.ids


def describe_content(valid_list: ValidList, received: ReceivedFiles, officer_id: str) -> dict[str, Any]:
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
    }


def build_key(row: WorkerRow) -> PersonKey:
    return (row.national_code, None) if row.national_code else (None, row.insurance_number)


class _ListedPeople:
    """The people of a list's rows as stored in the records: position and id of each row's person.

    `save` locks people in the same order in every import, so that no two imports deadlock: first all new
    people by key, then all known people by position.
    """

    def __init__(self, session: Session, rows: Sequence[WorkerRow], most_findings: int) -> None:
        self._session, self._rows = session, rows
        self._keys = [build_key(row) for row in rows]
        self.positions = array("q", bytes(8 * len(rows)))
        self.ids: list[str] = []
        self.findings = FindingLog(most_findings)

    def save(self) -> None:
        """Add people who are new, and fill in missing data of known people."""
        new: list[int] = []
        incomplete: list[int] = []
        for batch in _split_rows(range(len(self._rows))):
            known_people = self._fetch_known(batch)
            for at in batch:
                if at not in known_people:
                    new.append(at)
                elif _can_fill(known_people[at], self._rows[at]):
                    incomplete.append(at)
        new.sort(key=lambda at: (self._keys[at][0] or "", self._keys[at][1] or ""))
        for batch in _split_rows(new):
            people.add_people(self._session, [_describe_person(self._rows[at]) for at in batch])
        incomplete.sort(key=self.positions.__getitem__)
        for batch in _split_rows(incomplete):
            people.fill_people(
                self._session,
                [{"position": self.positions[at]} | _describe_person(self._rows[at]) for at in batch],
            )
        for batch in _split_rows(new):
            self._fetch_known(batch)

    def _fetch_known(self, batch: Sequence[int]) -> dict[int, KnownPerson]:
        """Return the people of these rows who are in the records, by row; store their ids and differences."""
        by_key = people.fetch_known_people(self._session, [self._keys[at] for at in batch])
        known_people = {at: by_key[self._keys[at]] for at in batch if self._keys[at] in by_key}
        for at, person in known_people.items():
            self.positions[at] = person.position
            self.ids.append(str(person.id))
        identities = {
            person.national_code: KnownIdentity(person.insurance_number, person.birth_date)
            for person in known_people.values()
            if person.national_code
        }
        self.findings.extend(check_identities((self._rows[at] for at in known_people), identities))
        return known_people


def _can_fill(person: KnownPerson, row: WorkerRow) -> bool:
    return any(getattr(person, name) is None and getattr(row, name) for name in FILLABLE)


def _split_rows(places: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(places), BATCH):
        yield places[start : start + BATCH]


def _describe_person(row: WorkerRow) -> dict[str, Any]:
    return {
        "national_code": row.national_code,
        "insurance_number": row.insurance_number,
        "first_name": row.first_name[:MAX_NAME_LENGTH],
        "last_name": row.last_name[:MAX_NAME_LENGTH],
        "father_name": row.father_name[:MAX_NAME_LENGTH] or None,
        "birth_date": row.birth_date,
        "sex": row.sex and Sex(row.sex),
        "id_number": row.id_number or None,
    }


def _describe_contribution(row: WorkerRow, person_position: int, imported: ImportedList) -> dict[str, Any]:
    return {
        "person_position": person_position,
        "list_position": imported.position,
        "row": row.row,
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
    for start in range(0, len(ids), MAX_SUBJECTS):
        add_event(
            session,
            Outbox,
            "record.changed",
            data={
                "list_id": str(imported.id),
                "month_jalali": str(imported.month),
                "subjects": ids[start : start + MAX_SUBJECTS],
                **of_proposal,
            },
        )
