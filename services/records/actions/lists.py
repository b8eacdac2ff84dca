"""Importing employers' lists: all of a list or nothing, each list once, each person once."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import structlog
from sqlalchemy.orm import Session

from services.kit.outbox import add_event
from services.records.errors import ListRefused
from services.records.lists import Finding, ListHeader, WorkerRow, read_list
from services.records.lists.checks import KnownIdentity, identity_findings, list_changed
from services.records.lists.parse import MOST_FINDINGS
from services.records.models import ImportedList, Outbox, Sex
from services.records.store import contributions, lists, people
from services.records.store.people import FILLABLE, KnownPerson, PersonKey

# Subjects in one event, so that the feed's pages stay small.
MOST_SUBJECTS = 1_000
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
    known = _settle_people(session, sound.rows)
    differing = _differing_identities(sound, known)
    added.findings = [asdict(finding) for finding in [*sound.findings, *differing][:MOST_FINDINGS]]
    added.findings_total = sound.findings_total + len(differing)
    contributions.add_contributions(
        session, [_contribution(row, known[_key(row)], added) for row in sound.rows]
    )
    _tell(session, added, known.values())
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
        raise ListRefused([asdict(list_changed(sound.header))], 1)
    return kept


def _key(row: WorkerRow) -> PersonKey:
    return (row.national_code, None) if row.national_code else (None, row.insurance_number)


def _settle_people(session: Session, rows: Sequence[WorkerRow]) -> dict[PersonKey, KnownPerson]:
    """Return everybody in the list as the records know them now, the new ones added."""
    by_key = {_key(row): row for row in rows}
    known = people.fetch_known(session, by_key.keys())
    new = sorted(by_key.keys() - known.keys(), key=lambda key: (key[0] or "", key[1] or ""))
    people.add_people(session, [_person(by_key[key]) for key in new])
    unfilled = [
        (person.position, by_key[key])
        for key, person in known.items()
        if any(getattr(person, name) is None and getattr(by_key[key], name) for name in FILLABLE)
    ]
    people.fill_people(
        session,
        [{"position": position} | _person(row) for position, row in sorted(unfilled, key=lambda it: it[0])],
    )
    return known | people.fetch_known(session, new)


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


def _differing_identities(sound: SoundList, known: Mapping[PersonKey, KnownPerson]) -> list[Finding]:
    identities = {
        code: KnownIdentity(person.insurance_number, person.birth_date)
        for (code, _), person in known.items()
        if code
    }
    return list(identity_findings(sound.rows, identities))


def _contribution(row: WorkerRow, person: KnownPerson, listed: ImportedList) -> dict[str, Any]:
    return {
        "person_position": person.position,
        "list_position": listed.position,
        "row": row.row,
        "days": row.days,
        "wage": row.insurable,
        "premium": row.premium,
        "gross": row.gross,
    }


def _tell(session: Session, listed: ImportedList, subjects: Iterable[KnownPerson]) -> None:
    ids = [str(person.id) for person in subjects]
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
