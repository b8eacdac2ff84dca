"""Whether the permit of an answer still shows it: asked of inquiry, and believed for seconds only.

Called by `answers`.
"""

import time
from typing import TypedDict

from gateway.portal import sessions
from gateway.portal.api import Unavailable, anyone

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
    """Remember for so many seconds what a permit's state is now. Raises Unavailable."""
    seen: Seen = {"state": state, "at": time.time()}
    sessions.keep(_name(inquiry_id), seen, seconds)


def find_state(inquiry_id: str, *, by_name: bool, seconds: int) -> str:
    """Return the state of the permit of an inquiry of this reader, no older than STALE_AFTER.

    `by_name` says whether it was made in an institution's name; what is found is remembered for so many
    seconds. Raises Unavailable when it cannot be told, Problem 404 when this reader has no such inquiry.
    """
    seen: Seen | None = sessions.kept(_name(inquiry_id))
    age = time.time() - seen["at"] if seen else STALE_AFTER
    if seen and (seen["state"] in OVER or age < FRESH_FOR):
        return seen["state"]
    try:
        api = sessions.me() if by_name else anyone()
        state = str(api.get(f"/api/v1/inquiry/inquiries/{inquiry_id}")["permit_state"])
    except Unavailable:
        if seen and age < STALE_AFTER:
            return seen["state"]
        raise
    note_state(inquiry_id, state, seconds)
    return state


def find_end(inquiry_id: str) -> str | None:
    """Return the state by which a permit of this reader has ended for good, None if it has not."""
    seen: Seen | None = sessions.kept(_name(inquiry_id))
    return seen["state"] if seen and seen["state"] in OVER else None


def _name(inquiry_id: str) -> str:
    return f"permit.{inquiry_id}"
