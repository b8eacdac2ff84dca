"""Letters in the personal inbox: seen, superseded, revoked."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from services.disclosure.actions.activity import emit_event, note_record_change
from services.disclosure.actions.numbers import parse_serial
from services.disclosure.errors import LetterRevoked
from services.disclosure.models import Ending, Letter, LetterState
from services.disclosure.store import activity, answers, letters, requests, snapshots
from services.disclosure.store.figure_checks import request_check
from services.disclosure.store.snapshots import Snapshot
from services.kit.db import read_database_time
from services.kit.endings import add_ending
from services.kit.feed import Event
from services.kit.paging import fetch_page
from services.kit.problems import NotFound, Text

# A change may be committed this long after its moment, so a statement made meanwhile need not show it. The
# comparison of figures decides.
SLACK = timedelta(minutes=1)
_OFFER = Text(
    "این نامه دیگر به‌روز نیست، چون سوابق شما تغییر کرده است. نامه تازه‌ای با همین نوع‌ها درخواست کنید.",
    "This letter is no longer current, since your record has changed. Ask for a new one of the same types.",
)


class Offer(NamedTuple):
    """The types to request instead of a letter, and the reason in words."""

    types: list[str]
    message: Text


@dataclass(frozen=True)
class InboxLetter:
    """A letter as its owner sees it, with the language and the note of the owner's request."""

    letter: Letter
    language: str
    note: str | None = field(repr=False)


def list_letters(
    session: Session, person_id: uuid.UUID, *, limit: int, cursor: str | None
) -> tuple[Sequence[InboxLetter], str | None]:
    """Return one page of a person's letters, newest first, and the next page's cursor."""
    rows, next_cursor = fetch_page(
        session, letters.select_letters(person_id), Letter.position, name="inbox", limit=limit, cursor=cursor
    )
    return _describe_letters(session, rows), next_cursor


def get_inbox_letter(session: Session, letter_id: uuid.UUID, person_id: uuid.UUID) -> InboxLetter:
    """Return a person's letter with its note. Raises NotFound, also for another person's letter."""
    return _describe_letters(session, [get_letter(session, letter_id, person_id)])[0]


def _describe_letters(session: Session, rows: Sequence[Letter]) -> Sequence[InboxLetter]:
    described = requests.describe_requests(session, [letter.disclosure_id for letter in rows])
    return [InboxLetter(letter, *described[letter.disclosure_id]) for letter in rows]


def get_letter(session: Session, letter_id: uuid.UUID, person_id: uuid.UUID) -> Letter:
    """Return a person's letter. Raises NotFound, also for another person's letter."""
    letter = letters.find_letter(session, letter_id)
    if letter is None or letter.person_id != person_id:
        raise NotFound
    return letter


def find_offer(letter: Letter) -> Offer | None:
    """Return what to request instead of a superseded letter; None once it has a successor."""
    if letter.state is not LetterState.SUPERSEDED or letter.superseded_by:
        return None
    return Offer(letter.types, _OFFER)


def mark_seen(session: Session, letter: Letter) -> None:
    """Mark a letter as opened by its person. Only the first time counts."""
    if letters.mark_seen(session, letter.id):
        _add_letter_event(session, "letter.seen", letter)


def get_letter_for_sealing(
    session: Session, letter_id: uuid.UUID, person_id: uuid.UUID
) -> tuple[Letter, Snapshot]:
    """Return a letter and its snapshot, for a permit. Raises NotFound, LetterRevoked."""
    letter = get_letter(session, letter_id, person_id)
    if letter.state is LetterState.REVOKED:
        raise LetterRevoked
    return letter, snapshots.find_snapshot(session, letter.disclosure_id)


def replace_outdated_letters(session: Session, newer: Letter) -> None:
    """Make a new letter the successor of the person's superseded ones whose types it covers.

    Valid letters stay valid: a person may give one letter to a bank and another one to an embassy.
    """
    for letter in letters.lock_unreplaced_letters(session, newer.person_id):
        if set(letter.types) <= set(newer.types):
            letter.superseded_by = newer.id


def apply_record_change(session: Session, event: Event) -> None:
    """Let letters that cover a changed month and answers be compared. Add it to people's pages."""
    people = note_record_change(session, event)
    answers.request_checks(session, people)
    month = str(event.data.get("month_jalali"))
    for letter in letters.lock_valid_letters(session, people):
        # A statement made after the change shows it already, however late the event arrives.
        if month <= letter.covers_to_jalali and letter.as_of - SLACK < event.occurred_at:
            request_check(session, letter, event.occurred_at)


def check_new_letter(session: Session, letter: Letter) -> None:
    """Request a comparison of a new letter if the record changed while it was rendered."""
    changes = activity.list_changes(session, letter.person_id, since=letter.as_of - SLACK)
    if moments := [at for at, month in changes.months if month <= letter.covers_to_jalali]:
        request_check(session, letter, max(moments))
    if changes.identity:
        request_check(session, letter, max(changes.identity), compares_identity=True)


def supersede_letter(session: Session, letter: Letter) -> None:
    """Mark a locked letter as no longer current, and report it."""
    at = read_database_time(session)
    letter.state, letter.superseded_at = LetterState.SUPERSEDED, at
    add_ending(session, Ending, "letter.superseded", serial=letter.serial)
    _add_letter_event(session, "letter.superseded", letter, at, superseded_at=at.isoformat())


def revoke_letter(session: Session, serial: str, officer: str, reason: str) -> Letter:
    """Return a letter, revoked because it was issued in error. Idempotent. Raises NotFound."""
    parsed = parse_serial(serial)
    letter = letters.lock_letter_by_serial(session, parsed) if parsed else None
    if letter is None:
        raise NotFound
    if letter.state is not LetterState.REVOKED:
        at = read_database_time(session)
        letter.state, letter.revoked_at = LetterState.REVOKED, at
        letter.revoked_by, letter.revocation_reason = officer, reason
        add_ending(session, Ending, "letter.revoked", serial=letter.serial, officer=officer)
        _add_letter_event(session, "letter.revoked", letter, at, revoked_at=at.isoformat())
    return letter


def _add_letter_event(
    session: Session, name: str, letter: Letter, at: datetime | None = None, **more: str | None
) -> None:
    data = {"letter_id": str(letter.id), "serial": letter.serial, **more}
    emit_event(session, name, letter.person_id, data, at)
