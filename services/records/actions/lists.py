"""Importing employers' lists: all of a list or nothing, each list once, each person once.

A list may have 100,000 rows. They go into the database some at a time, so that an import takes little more
memory than the list itself.
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
from services.records.lists.finding_logs import MOST_FINDINGS, FindingLog
from services.records.models import ImportedList, Outbox, Sex
from services.records.store import contributions, lists, people
from services.records.store.people import FILLABLE, KnownPerson, PersonKey

# Subjects in one event, so that the feed's pages stay small.
MOST_SUBJECTS = 1_000
# Rows that go into a statement of the database.
BATCH = 5_000
# Characters of a name that are kept: what a letter can print.
LONGEST_NAME = 100

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class SoundList:
    """A list whose files hold no error."""

    header: ListHeader
    rows: Sequence[WorkerRow]
    findings: Sequence[Finding]
    findings_total: int
    content_sha256: str
    header_sha256: str
    workers_sha256: str


def read_files(header: bytes, workers: bytes) -> SoundList:
    """Return the list in two files. Raises ListRefused with whatever is wrong in them."""
    parsed = read_list(header, workers)
    if parsed.header is None or parsed.content_sha256 is None:
        log.info("list.refused", findings=parsed.findings_total)
        raise ListRefused([asdict(finding) for finding in parsed.findings], parsed.findings_total)
    return SoundList(
        parsed.header,
        parsed.rows,
        parsed.findings,
        parsed.findings_total,
        parsed.content_sha256,
        hashlib.sha256(header).hexdigest(),
        hashlib.sha256(workers).hexdigest(),
    )


def import_list(session: Session, sound: SoundList, officer_id: str) -> tuple[ImportedList, bool]:
    """Return the list as it stands in the records, and whether it is new there.

    Raises ListRefused when the same workshop, month and list number was imported with other content.
    """
    header = sound.header
    workshop = lists.settle_workshop(
        session, header.workshop_code, header.workshop_name[:LONGEST_NAME], header.address, header.month
    )
    added = lists.add_list(session, _describe(sound, workshop, officer_id))
    if added is None:
        return _already_there(session, sound, workshop), False
    people_of_list = _PeopleOfList(session, sound.rows, MOST_FINDINGS - len(sound.findings))
    people_of_list.settle()
    differing = people_of_list.differing
    added.findings = [asdict(finding) for finding in [*sound.findings, *differing.list_first()]]
    added.findings_total = sound.findings_total + differing.total
    for part in _parts(range(len(sound.rows))):
        contributions.add_contributions(
            session, [_contribution(sound.rows[at], people_of_list.positions[at], added) for at in part]
        )
    _tell(session, added, people_of_list.ids)
    log.info("list.imported", list_id=str(added.id), workers=added.workers, findings=added.findings_total)
    return added, True


def _describe(sound: SoundList, workshop_position: int, officer_id: str) -> dict[str, Any]:
    return {
        "workshop_position": workshop_position,
        "month": sound.header.month,
        "list_number": sound.header.list_number,
        "header_sha256": sound.header_sha256,
        "workers_sha256": sound.workers_sha256,
        "content_sha256": sound.content_sha256,
        "workers": sound.header.workers,
        "total_days": sound.header.days,
        "total_wage": sound.header.insurable,
        "total_premium": sound.header.premium,
        "findings": [],
        "findings_total": 0,
        "imported_by": officer_id,
    }


def _already_there(session: Session, sound: SoundList, workshop_position: int) -> ImportedList:
    kept = lists.find_list_at(session, workshop_position, sound.header.month, sound.header.list_number)
    if kept.content_sha256 != sound.content_sha256:
        log.info("list.changed", list_id=str(kept.id))
        raise ListRefused([asdict(describe_changed_list(sound.header))], 1)
    return kept


def _key(row: WorkerRow) -> PersonKey:
    return (row.national_code, None) if row.national_code else (None, row.insurance_number)


class _PeopleOfList:
    """The people of a list's rows as the records know them: position and id of each row's person.

    The steps of `settle` keep the order in which imports lock people, so that no two wait for each other: all
    new people by key first, then all known ones by position.
    """

    def __init__(self, session: Session, rows: Sequence[WorkerRow], most_findings: int) -> None:
        self._session, self._rows = session, rows
        self._keys = [_key(row) for row in rows]
        self.positions = array("q", bytes(8 * len(rows)))
        self.ids: list[str] = []
        self.differing = FindingLog(most_findings)

    def settle(self) -> None:
        """Find everybody in the records, add those who are new, fill in what was unknown of the others."""
        new: list[int] = []
        unfilled: list[int] = []
        for part in _parts(range(len(self._rows))):
            known = self._fetch(part)
            for at in part:
                if at not in known:
                    new.append(at)
                elif _lacks(known[at], self._rows[at]):
                    unfilled.append(at)
        new.sort(key=lambda at: (self._keys[at][0] or "", self._keys[at][1] or ""))
        for part in _parts(new):
            people.add_people(self._session, [_person(self._rows[at]) for at in part])
        unfilled.sort(key=self.positions.__getitem__)
        for part in _parts(unfilled):
            people.fill_people(
                self._session,
                [{"position": self.positions[at]} | _person(self._rows[at]) for at in part],
            )
        for part in _parts(new):
            self._fetch(part)

    def _fetch(self, part: Sequence[int]) -> dict[int, KnownPerson]:
        """Return those of some rows' people who are in the records, by row; note them and what differs."""
        found = people.fetch_known(self._session, [self._keys[at] for at in part])
        known = {at: found[self._keys[at]] for at in part if self._keys[at] in found}
        for at, person in known.items():
            self.positions[at] = person.position
            self.ids.append(str(person.id))
        identities = {
            person.national_code: KnownIdentity(person.insurance_number, person.birth_date)
            for person in known.values()
            if person.national_code
        }
        self.differing.extend(check_identities((self._rows[at] for at in known), identities))
        return known


def _lacks(person: KnownPerson, row: WorkerRow) -> bool:
    return any(getattr(person, name) is None and getattr(row, name) for name in FILLABLE)


def _parts(places: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(places), BATCH):
        yield places[start : start + BATCH]


def _person(row: WorkerRow) -> dict[str, Any]:
    return {
        "national_code": row.national_code,
        "insurance_number": row.insurance_number,
        "first_name": row.first_name[:LONGEST_NAME],
        "last_name": row.last_name[:LONGEST_NAME],
        "father_name": row.father_name[:LONGEST_NAME] or None,
        "birth_date": row.birth_date,
        "sex": row.sex and Sex(row.sex),
        "id_number": row.id_number or None,
    }


def _contribution(row: WorkerRow, person_position: int, listed: ImportedList) -> dict[str, Any]:
    return {
        "person_position": person_position,
        "list_position": listed.position,
        "row": row.row,
        "days": row.days,
        "wage": row.insurable,
        "premium": row.premium,
        "gross": row.gross,
    }


def _tell(session: Session, listed: ImportedList, ids: Sequence[str]) -> None:
    for start in range(0, len(ids), MOST_SUBJECTS):
        add_event(
            session,
            Outbox,
            "record.changed",
            data={
                "list_id": str(listed.id),
                "month_jalali": str(listed.month),
                "subjects": ids[start : start + MOST_SUBJECTS],
            },
        )
