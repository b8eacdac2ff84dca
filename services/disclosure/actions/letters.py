"""The personal inbox, and what becomes of letters: seen, superseded, revoked. Called by the routes."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from services.disclosure import store
from services.disclosure.actions.activity import note_record_change, tell
from services.disclosure.actions.numbers import parse_serial
from services.disclosure.errors import LetterRevoked
from services.disclosure.models import Letter, LetterState
from services.kit.db import database_time
from services.kit.feed import Event
from services.kit.paging import fetch_page
from services.kit.problems import NotFound, Text

_OFFER = Text(
    "این نامه دیگر به‌روز نیست، چون سوابق شما تغییر کرده است. نامه تازه‌ای با همین نوع‌ها درخواست کنید.",
    "This letter is no longer current, since your record has changed. Ask for a new one of the same types.",
)


class Offer(NamedTuple):
    """What to ask for in place of a letter, and why, in words."""

    types: list[str]
    message: Text


def list_letters(
    session: Session, person_id: uuid.UUID, *, limit: int, cursor: str | None
) -> tuple[Sequence[Letter], str | None]:
    """One page of a person's letters, newest first, and the next page's cursor."""
    return fetch_page(
        session, store.inbox_query(person_id), Letter.position, name="inbox", limit=limit, cursor=cursor
    )


def get_letter(session: Session, letter_id: uuid.UUID, person_id: uuid.UUID) -> Letter:
    """One letter. Raises NotFound, also for what is another's."""
    letter = store.find_letter(session, letter_id)
    if letter is None or letter.person_id != person_id:
        raise NotFound
    return letter


def offer_of(letter: Letter) -> Offer | None:
    """Return what to ask for instead of a letter that is outdated, until a newer one stands for it."""
    if letter.state is not LetterState.SUPERSEDED or letter.superseded_by:
        return None
    return Offer(letter.types, _OFFER)


def see_letter(session: Session, letter: Letter) -> None:
    """Keep that the person has opened the letter; only the first time counts."""
    if store.mark_seen(session, letter.id):
        _tell(session, "letter.seen", letter)


def letter_for_sealing(
    session: Session, letter_id: uuid.UUID, person_id: uuid.UUID
) -> tuple[Letter, str | None, Mapping[str, Any]]:
    """Return a letter and what `snapshots.read_snapshot` takes: its snapshot's key and row, for a permit.

    Raises NotFound, LetterRevoked.
    """
    letter = get_letter(session, letter_id, person_id)
    if letter.state is LetterState.REVOKED:
        raise LetterRevoked
    return letter, *store.find_snapshot(session, letter.disclosure_id)


def replace_older(session: Session, newer: Letter) -> None:
    """A new letter takes the place of the person's outdated ones that show nothing it does not show.

    One that is still true stays valid: a person may well hand one letter to a bank, another to an embassy.
    """
    for letter in store.unreplaced_letters(session, newer.person_id):
        if set(letter.types) <= set(newer.types):
            letter.superseded_by = newer.id


def apply_record_change(session: Session, event: Event) -> None:
    """A changed month makes the letters that cover it outdated, and is told on the people's pages."""
    people = note_record_change(session, event)
    month = str(event.data.get("month_jalali"))
    for letter in store.valid_letters(session, people):
        # A statement made after the change shows it already, however late the feed tells of it.
        if month <= letter.covers_to_jalali and letter.as_of < event.occurred_at:
            _supersede(session, letter)


def weigh(session: Session, letter: Letter) -> None:
    """A letter that was still being made when the record changed is outdated from the start."""
    months = store.months_changed_since(session, letter.person_id, letter.as_of)
    if any(month <= letter.covers_to_jalali for month in months):
        _supersede(session, letter)


def _supersede(session: Session, letter: Letter) -> None:
    at = database_time(session)
    letter.state, letter.superseded_at = LetterState.SUPERSEDED, at
    _tell(session, "letter.superseded", letter, at, superseded_at=at.isoformat())


def revoke_letter(session: Session, serial: str, officer: str, reason: str) -> Letter:
    """Declare a letter issued in error; revoking it again changes nothing. Raises NotFound."""
    parsed = parse_serial(serial)
    letter = store.find_letter_by_serial(session, parsed) if parsed else None
    if letter is None:
        raise NotFound
    if letter.state is not LetterState.REVOKED:
        at = database_time(session)
        letter.state, letter.revoked_at = LetterState.REVOKED, at
        letter.revoked_by, letter.revocation_reason = officer, reason
        _tell(session, "letter.revoked", letter, at, revoked_at=at.isoformat())
    return letter


def _tell(
    session: Session, name: str, letter: Letter, at: datetime | None = None, **more: str | None
) -> None:
    data = {"letter_id": str(letter.id), "serial": letter.serial, **more}
    tell(session, name, letter.person_id, data, at)
