"""Deleting what has expired: sealed copies, tickets, documents, half-written files. Called by background."""

from datetime import timedelta
from itertools import chain

from obstore.store import ObjectStore
from sqlalchemy.orm import Session

from services.inquiry import store
from services.inquiry.actions import documents
from services.kit import storage
from services.kit.db import Sessions
from services.kit.sqlite import truncate_log

BATCH = 200
# What an institution finds again of its inquiries.
HISTORY_SECONDS = 30 * 24 * 3600
LEFTOVERS_AFTER = timedelta(hours=24)


def delete_expired_keys(session: Session) -> int:
    """Return how many expired sealed copies and tickets were deleted."""
    return store.delete_expired_copies(session) + store.delete_expired_tickets(session)


def delete_contents_of_revoked_letters(session: Session) -> int:
    """Return for how many permits of revoked letters a copy or a ticket was deleted."""
    permits = store.list_copies_of_revoked_letters(session, BATCH)
    for permit_id in permits:
        store.delete_contents(session, permit_id)
    return len(permits)


def delete_old_history(sessions: Sessions) -> int:
    """Return how many inquiries of institutions were deleted because they are 30 days old."""
    with sessions.begin() as session:
        return store.delete_old_inquiries_of_institutions(session, HISTORY_SECONDS, BATCH)


def clear_write_ahead_log(sessions: Sessions) -> None:
    """Empty SQLite's write-ahead log of deleted keys, where a reader prevented it before.

    Each deletion of keys does so after its commit. On PostgreSQL this does nothing (docs/retention.md).
    """
    truncate_log(sessions.kw["bind"])


def remove_documents(sessions: Sessions, objects: ObjectStore) -> int:
    """Return how many documents were removed that no permit and no ticket opens.

    Takes Sessions, because no transaction may be open during calls to the object store.
    """
    with sessions.begin() as session:
        unused = store.list_unused_documents(session, BATCH)
    for permit_id in unused:
        documents.remove_document(objects, permit_id)
        with sessions.begin() as session:
            store.delete_document_record(session, permit_id)
    return len(unused)


def remove_leftovers(objects: ObjectStore) -> int:
    """Remove files that dead processes left half-written. Return 0: one step finds all of them.

    Complete documents need no search, because their rows are committed first.
    """
    for path in chain.from_iterable(storage.list_leftovers(objects)):
        storage.remove_leftover(path, LEFTOVERS_AFTER)
    return 0
