"""Whether the permit of an answer still shows it: asked of inquiry, and believed for seconds only.

Called by `answers`.
"""

import time
from typing import TypedDict

from gateway.portal import api, entries, sessions
from govah_client.errors import ServiceUnavailable

# Seconds for which a state is not asked again, and after which it says nothing any more.
FRESH_FOR, STALE_AFTER = 15, 60
# A used-up permit still shows what its last view was spent on.
SHOWING = frozenset({"active", "used-up"})
# These never come back.
OVER = frozenset({"revoked", "expired"})


class Seen(TypedDict):
    """A state of a permit, and when it was so, in seconds since 1970."""

    state: str
    at: float


def note_state(inquiry_id: str, state: str, seconds: int) -> None:
    """Remember for so many seconds what a permit's state is now. Raises ServiceUnavailable."""
    seen: Seen = {"state": state, "at": time.time()}
    entries.store_entry(_name(inquiry_id), seen, seconds)


def find_state(inquiry_id: str, *, by_name: bool, seconds: int) -> str:
    """Return the state of the permit of this reader's inquiry, no older than STALE_AFTER.

    `by_name` is true for an inquiry in an institution's name. The state is remembered for some seconds.
    Raises ServiceUnavailable if the state is unknown now, ApiError 404 if this reader has no such inquiry.
    """
    seen: Seen | None = entries.load_entry(_name(inquiry_id))
    age = time.time() - seen["at"] if seen else STALE_AFTER
    if seen and (seen["state"] in OVER or age < FRESH_FOR):
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
    """Return the state by which a permit of this reader has ended for good, None if it has not."""
    seen: Seen | None = entries.load_entry(_name(inquiry_id))
    return seen["state"] if seen and seen["state"] in OVER else None


def _name(inquiry_id: str) -> str:
    return f"permit.{inquiry_id}"
