"""Letters and activity follow their person when officers correct who that is, or merge two persons."""

import uuid
from collections.abc import Iterable

from sqlalchemy.orm import Session

from services.disclosure.actions.activity import note_correction, note_merger
from services.disclosure.actions.letters import SLACK
from services.disclosure.models import MergedPerson
from services.disclosure.store import citizens, letters, mergers
from services.disclosure.store.answers import request_checks
from services.disclosure.store.figure_checks import request_check
from services.kit.feed import Event
from services.kit.figures import SHOWN_OF_PERSON
from services.kit.merged_people import find_remaining, store_merger


def on_person_corrected(session: Session, event: Event) -> None:
    """Add a correction to the person's page, and request a comparison of letters that may show it."""
    known_ids = note_correction(session, event)
    if SHOWN_OF_PERSON & set(event.data["fields"]):
        _request_checks(session, known_ids, event)
        request_checks(session, known_ids)


def on_person_merged(session: Session, event: Event) -> None:
    """Move requests, letters and activity of the merged person to the one who remains.

    Letters of both are compared: they show one of two records, and perhaps another identity.
    """
    merged_id, into_id = uuid.UUID(event.subject or ""), uuid.UUID(event.data["into"])
    is_new = find_remaining(session, MergedPerson, merged_id) == merged_id
    mergers.lock_requests(session, merged_id)
    known_ids = citizens.lock_known_citizens(session, [merged_id])
    # Its row stays as the lock for tokens and events that still have the id.
    citizens.lock_row(session, merged_id)
    remaining_id = find_remaining(session, MergedPerson, into_id)
    if known_ids and remaining_id != merged_id:
        citizens.lock_row(session, remaining_id)
    else:
        known_ids = citizens.lock_known_citizens(session, [remaining_id])
    remaining = store_merger(session, MergedPerson, merged_id, into_id)
    if remaining is None:
        return
    mergers.move_person(session, merged_id, remaining)
    if known_ids and is_new:
        note_merger(session, event, remaining)
        _request_checks(session, [remaining], event)
        request_checks(session, [remaining])


def _request_checks(session: Session, people: Iterable[uuid.UUID], event: Event) -> None:
    for letter in letters.lock_valid_letters(session, list(people)):
        if letter.as_of - SLACK < event.occurred_at:
            request_check(session, letter, event.occurred_at, compares_identity=True)
