"""The state of the permit of an answer, read from inquiry and cached for seconds. Called by `answers`."""

import time
from typing import TypedDict

from gateway.portal import api, entries, sessions
from govah_client.errors import ServiceUnavailable

# Seconds for which a state is not read again, and after which it is unknown.
FRESH_FOR, STALE_AFTER = 15, 60
# A used-up permit still shows the answer to its last view.
SHOWING = frozenset({"active", "used-up"})
# These are permanent.
PERMANENT = frozenset({"revoked", "expired", "letter-revoked"})


class Seen(TypedDict):
    """A state of a permit and when it was read, in seconds since 1970."""

    state: str
    at: float


def note_state(inquiry_id: str, state: str, seconds: int) -> None:
    """Store a permit's current state for some seconds. Raises ServiceUnavailable."""
    seen: Seen = {"state": state, "at": time.time()}
    entries.store_entry(_build_entry_name(inquiry_id), seen, seconds)


def find_state(inquiry_id: str, *, by_name: bool, seconds: int) -> str:
    """Return the state of the permit of this reader's inquiry, no older than STALE_AFTER.

    `by_name` is true for an inquiry in an institution's name. The state is remembered for some seconds.
    Raises ServiceUnavailable if the state is unknown now, ApiError 404 if this reader has no such inquiry.
    """
    seen: Seen | None = entries.load_entry(_build_entry_name(inquiry_id))
    age = time.time() - seen["at"] if seen else STALE_AFTER
    if seen and (seen["state"] in PERMANENT or age < FRESH_FOR):
        return seen["state"]
    try:
        client = sessions.get_client() if by_name else api.get_client()
        state = client.inquiry.get_inquiry(inquiry_id)["permit_state"]
    except ServiceUnavailable:
        if seen and age < STALE_AFTER:
            return seen["state"]
        raise
    note_state(inquiry_id, state, seconds)
    return state


def find_end(inquiry_id: str) -> str | None:
    """Return the state by which a permit of this reader has ended permanently, None if it has not."""
    seen: Seen | None = entries.load_entry(_build_entry_name(inquiry_id))
    return seen["state"] if seen and seen["state"] in PERMANENT else None


def _build_entry_name(inquiry_id: str) -> str:
    return f"permit.{inquiry_id}"
