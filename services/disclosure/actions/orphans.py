"""Objects that no letter will ever name, and files that were never finished: found and removed.

A process that dies between an object and its row leaves the one behind; one that dies while it writes, the
other. Called by background.
"""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from itertools import chain, islice

import sqlalchemy as sa
import structlog
from obstore.store import ObjectStore
from sqlalchemy.orm import Session

from services.disclosure import store
from services.disclosure.actions.documents import attempt_of
from services.disclosure.actions.snapshots import key_of_snapshot
from services.disclosure.models import RequestState
from services.kit import storage
from services.kit.db import Sessions, database_time

# Time to look at what was restored, before objects go that its database does not know of yet.
GRACE = timedelta(hours=24)
# Looked through in one step.
DIRECTORIES = 500

log = structlog.get_logger()


@dataclass
class Counts:
    """What one round came to; `foreign` objects are of no attempt that this database knows, and are kept."""

    objects: int = 0
    removed: int = 0
    foreign: int = 0
    unfinished: int = 0


class Collector:
    """Goes through all objects, a batch a step, again and again."""

    def __init__(self, sessions: Sessions, objects: ObjectStore, grace: timedelta = GRACE) -> None:
        self._sessions = sessions
        self._objects = objects
        self._grace = grace
        self._round = self._look_through()

    def step(self) -> int:
        """Look at the next batch; returns how many were looked at, 0 when a round is over.

        Raises what the store or the database raises; the next step begins a new round.
        """
        try:
            looked_at = next(self._round, 0)
        except Exception:
            self._round = self._look_through()
            raise
        if not looked_at:
            self._round = self._look_through()
        return looked_at

    def _look_through(self) -> Iterator[int]:
        counts = Counts()
        for page in storage.list_pages(self._objects):
            with self._sessions() as session:
                newest = database_time(session) - self._grace
                keys = [found["path"] for found in page if found["last_modified"] < newest]
                orphans = list(_orphans(session, keys, counts))
            for key in orphans:
                storage.remove(self._objects, key)
            counts.objects += len(page)
            counts.removed += len(orphans)
            if page:
                yield len(page)
        directories = storage.leftovers(self._objects)
        while batch := list(islice(directories, DIRECTORIES)):
            for path in chain.from_iterable(batch):
                counts.unfinished += storage.remove_leftover(path, self._grace)
            yield len(batch)
        log.info("objects.collected", **asdict(counts))


def _orphans(session: Session, keys: Sequence[str], counts: Counts) -> Iterator[str]:
    """Those of the objects that no letter names now or later.

    An attempt that has ended never comes back, since every claim raises the number; one that has not may
    still bring its row, however old its object is.
    """
    attempts = {key: attempt_of(key) for key in keys}
    requests = {attempt[0] for attempt in attempts.values() if attempt}
    standing = {row.id: row for row in store.standing_of_attempts(session, requests)}
    for key, attempt in attempts.items():
        request = standing.get(attempt[0]) if attempt else None
        if attempt is None or request is None or attempt[1] > request.attempt:
            counts.foreign += 1
            continue
        still_at_it = request.state is RequestState.RENDERING and attempt[1] == request.attempt
        if not still_at_it and key not in _named(request):
            yield key


def _named(request: sa.Row[uuid.UUID, int, RequestState, str, str | None]) -> set[str | None]:
    """Return the keys of a request's letter and of the snapshot beside it, which its row may name later."""
    letter = request.object_key
    return {letter, request.statement_key or (key_of_snapshot(letter) if letter else None)}
