"""Importing employers' lists: a whole list or nothing, each list once, each person once.

A list may have 100,000 rows. They are written in batches, so that an import takes little more memory than the
list.
"""

import hashlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import structlog
from sqlalchemy.orm import Session

from services.kit.outbox import add_event
from services.records.errors import ListRefused
from services.records.lists import Finding, ListHeader, WorkerRow, read_list
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

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ValidList:
    """A list whose files have no error."""

    header: ListHeader
    rows: Sequence[WorkerRow]
    findings: Sequence[Finding]
    findings_total: int
    content_sha256: str
    header_sha256: str
    workers_sha256: str


def read_files(header: bytes, workers: bytes) -> ValidList:
    """Return the list in two files. Raises ListRefused with the findings."""
    parsed = read_list(header, workers)
    if parsed.header is None or parsed.content_sha256 is None:
        log.info("list.refused", findings=parsed.findings_total)
        raise ListRefused([asdict(finding) for finding in parsed.findings], parsed.findings_total)
    return ValidList(
        parsed.header,
        parsed.rows,
        parsed.findings,
        parsed.findings_total,
        parsed.content_sha256,
        hashlib.sha256(header).hexdigest(),
        hashlib.sha256(workers).hexdigest(),
    )


def import_list(session: Session, valid_list: ValidList, officer_id: str) -> tuple[ImportedList, bool]:
    """Return the stored list, and whether this call has added it.

    Raises ListRefused if a list of the same workshop, month and number was imported with other content.
    """
    header = valid_list.header
    workshop = lists.save_workshop(
        session, header.workshop_code, header.workshop_name[:MAX_NAME_LENGTH], header.address, header.month
    )
    added = lists.add_list(session, _describe(valid_list, workshop, officer_id))
    if added is None:
        return _find_imported(session, valid_list, workshop), False
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
    _add_events(session, added, listed_people.ids)
    log.info("list.imported", list_id=str(added.id), workers=added.workers, findings=added.findings_total)
    return added, True


def _describe(valid_list: ValidList, workshop_position: int, officer_id: str) -> dict[str, Any]:
    return {
        "workshop_position": workshop_position,
        "month": valid_list.header.month,
        "list_number": valid_list.header.list_number,
        "header_sha256": valid_list.header_sha256,
        "workers_sha256": valid_list.workers_sha256,
        "content_sha256": valid_list.content_sha256,
        "workers": valid_list.header.workers,
        "total_days": valid_list.header.days,
        "total_wage": valid_list.header.insurable,
        "total_premium": valid_list.header.premium,
        "findings": [],
        "findings_total": 0,
        "imported_by": officer_id,
    }


def _find_imported(session: Session, valid_list: ValidList, workshop_position: int) -> ImportedList:
    header = valid_list.header
    imported = lists.find_list_by_number(session, workshop_position, header.month, header.list_number)
    if imported.content_sha256 != valid_list.content_sha256:
        log.info("list.changed", list_id=str(imported.id))
        raise ListRefused([asdict(describe_changed_list(header))], 1)
    return imported


def _build_key(row: WorkerRow) -> PersonKey:
    return (row.national_code, None) if row.national_code else (None, row.insurance_number)


class _ListedPeople:
    """The people of a list's rows as stored in the records: position and id of each row's person.

    `save` locks people in the same order in every import, so that no two imports deadlock: first all new
    people by key, then all known people by position.
    """

    def __init__(self, session: Session, rows: Sequence[WorkerRow], most_findings: int) -> None:
        self._session, self._rows = session, rows
        self._keys = [_build_key(row) for row in rows]
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
        "days": row.days,
        "wage": row.insurable,
        "premium": row.premium,
        "gross": row.gross,
    }


def _add_events(session: Session, imported: ImportedList, ids: Sequence[str]) -> None:
    for start in range(0, len(ids), MAX_SUBJECTS):
        add_event(
            session,
            Outbox,
            "record.changed",
            data={
                "list_id": str(imported.id),
                "month_jalali": str(imported.month),
                "subjects": ids[start : start + MAX_SUBJECTS],
            },
        )
