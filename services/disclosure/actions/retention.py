"""What disclosure stores for how long: letters with their requests, failed requests, activity, events.

A deleted letter leaves its serial here, so that it is never drawn again, and its row in inquiry's register:
QR codes and files are answered as before.
"""

from collections.abc import Sequence
from functools import partial
from typing import Protocol

import structlog
from obstore.store import ObjectStore

from services.disclosure.actions.documents import build_object_key
from services.disclosure.actions.snapshots import build_snapshot_key
from services.disclosure.models import FEED, RequestState
from services.disclosure.store import retention
from services.kit import storage
from services.kit.db import Sessions
from services.kit.retention import Rule, build_feed_rule
from services.kit.sqlite import truncate_log

# Letters have objects, which are removed one by one.
BATCH, ACTIVITY_BATCH = 100, 1000

log = structlog.get_logger()


class Days(Protocol):
    """The settings of the service that say for how many days things are stored."""

    @property
    def letters_days(self) -> int: ...

    @property
    def failed_requests_days(self) -> int: ...

    @property
    def activity_days(self) -> int: ...

    @property
    def feed_days(self) -> int: ...


def build_rules(sessions: Sessions, settings: Days, objects: ObjectStore) -> Sequence[Rule]:
    """Return the rules of disclosure."""

    def build_rule(name: str, setting: str, days: int, state: RequestState) -> Rule:
        delete = partial(delete_old_requests, sessions, objects, state)
        return Rule(name, setting, days, delete, partial(retention.count_old_requests, state=state))

    return [
        build_rule("letters", "GOVAH_LETTERS_DAYS", settings.letters_days, RequestState.READY),
        build_rule(
            "failed-requests",
            "GOVAH_FAILED_REQUESTS_DAYS",
            settings.failed_requests_days,
            RequestState.FAILED,
        ),
        Rule(
            "activity",
            "GOVAH_ACTIVITY_DAYS",
            settings.activity_days,
            lambda days: delete_old_activity(sessions, days),
            retention.count_old_activity,
        ),
        build_feed_rule(sessions, "disclosure", FEED, settings.feed_days),
    ]


def delete_old_requests(sessions: Sessions, objects: ObjectStore, state: RequestState, days: int) -> int:
    """Return how many requests of a state were deleted, with their letters and objects, at most `BATCH`.

    The letter goes first, then its objects, then the request. If a process dies in between, the next step
    finds the request and continues.
    """
    with sessions() as session:
        old = retention.list_old_requests(session, state, days, BATCH)
    if not old:
        return 0
    with sessions.begin() as session:
        retention.delete_letters(session, old)
    for row in old:
        key = row.object_key or build_object_key(row.id, row.requested_at, row.attempt)
        storage.remove(objects, key)
        storage.remove(objects, build_snapshot_key(key))
    with sessions.begin() as session:
        retention.delete_requests(session, old, state)
    # The rows of failed requests hold their statement.
    truncate_log(sessions.kw["bind"])
    log.info("requests.deleted", state=state.value, count=len(old))
    return len(old)


def delete_old_activity(sessions: Sessions, days: int) -> int:
    """Return how many lines of the activity page were deleted."""
    with sessions.begin() as session:
        return retention.delete_old_activity(session, days, ACTIVITY_BATCH)
