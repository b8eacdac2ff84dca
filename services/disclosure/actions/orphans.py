"""Orphans: objects that no letter will ever name, and unfinished files. They are found and removed.

A process that dies after it stored an object and before it committed the row leaves an object. A process that
dies while it writes leaves an unfinished file.
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

from services.disclosure.actions.documents import parse_object_key
from services.disclosure.actions.snapshots import build_snapshot_key
from services.disclosure.models import RequestState
from services.disclosure.store import letters
from services.kit import storage
from services.kit.db import Sessions, read_database_time

# After a restore, operators have this time before objects are removed that the database does not know yet.
GRACE = timedelta(hours=24)
# Directories per batch.
DIRECTORIES = 500

log = structlog.get_logger()


@dataclass
class RoundCounts:
    """What one round found; `foreign` objects are of no attempt in this database, and are not removed."""

    objects: int = 0
    removed: int = 0
    foreign: int = 0
    unfinished: int = 0


class OrphanCollector:
    """Goes through all objects, batch by batch, round after round.

    It takes `Sessions`, since objects are removed from the object store between transactions.
    """

    def __init__(self, sessions: Sessions, objects: ObjectStore, grace: timedelta = GRACE) -> None:
        self._sessions = sessions
        self._objects = objects
        self._grace = grace
        self._round = self._run_round()

    def collect_batch(self) -> int:
        """Return how many objects or directories the next batch had; 0 at the end of a round.

        Raises what the object store or the database raises; the next call begins a new round.
        """
        try:
            size = next(self._round, 0)
        except Exception:
            self._round = self._run_round()
            raise
        if not size:
            self._round = self._run_round()
        return size

    def _run_round(self) -> Iterator[int]:
        counts = RoundCounts()
        for page in storage.list_pages(self._objects):
            with self._sessions() as session:
                newest = read_database_time(session) - self._grace
                keys = [item["path"] for item in page if item["last_modified"] < newest]
                orphans = list(_find_orphans(session, keys, counts))
            for key in orphans:
                storage.remove(self._objects, key)
            counts.objects += len(page)
            counts.removed += len(orphans)
            if page:
                yield len(page)
        directories = storage.list_leftovers(self._objects)
        while batch := list(islice(directories, DIRECTORIES)):
            for path in chain.from_iterable(batch):
                counts.unfinished += storage.remove_leftover(path, self._grace)
            yield len(batch)
        log.info("objects.collected", **asdict(counts))


def _find_orphans(session: Session, keys: Sequence[str], counts: RoundCounts) -> Iterator[str]:
    """Yield the keys of objects that no letter names now or later.

    An attempt that has ended never resumes, since every claim raises the number. A running attempt may still
    commit its row, however old its object is.
    """
    attempts = {key: parse_object_key(key) for key in keys}
    disclosure_ids = {attempt[0] for attempt in attempts.values() if attempt}
    rows = {row.id: row for row in letters.list_attempts(session, disclosure_ids)}
    for key, attempt in attempts.items():
        row = rows.get(attempt[0]) if attempt else None
        if attempt is None or row is None or attempt[1] > row.attempt:
            counts.foreign += 1
            continue
        is_running = row.state is RequestState.RENDERING and attempt[1] == row.attempt
        if not is_running and key not in _collect_named_keys(row):
            yield key


def _collect_named_keys(row: sa.Row[uuid.UUID, int, RequestState, str, str | None]) -> set[str | None]:
    """Return the keys of a request's letter and of the snapshot beside it, which its row may name later."""
    letter_key = row.object_key
    return {letter_key, row.statement_key or (build_snapshot_key(letter_key) if letter_key else None)}
