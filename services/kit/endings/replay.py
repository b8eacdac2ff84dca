"""Replaying a journal in a database that came back from a backup, before its service answers.

Which entries are missing follows from the database itself: it has the rows of all endings until its moment.
So a replay is right after any kind of restore, and does nothing in a database that was not restored.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from services.kit.db import Sessions, sql_now
from services.kit.endings.journal import Entry, Journal
from services.kit.endings.rows import REPLAYING, RETENTION_DAYS, EndingMixin

# A segment may be written later than another one with newer endings, by no more segments than this.
MOST_OVERTAKEN = 100
# Older endings than this before the newest row were in the database, even if their rows are gone.
MEMORY = timedelta(days=RETENTION_DAYS - 1)

EndingHandler = Callable[[Session, Entry], None]

log = structlog.get_logger()


class EndingUnknown(Exception):
    """The journal has an ending of a newer release."""


def replay_endings(
    sessions: Sessions,
    model: type[EndingMixin],
    service: str,
    journal: Journal,
    handlers: Mapping[str, EndingHandler],
) -> int:
    """Return how many endings of the journal were missing in the database; they are applied in order.

    Each is one commit with its row, so a replay that was interrupted goes on. Raises EndingUnknown and
    JournalDamaged before anything is applied.
    """
    missing = find_missing(sessions, model, service, journal)
    if unknown := {entry.name for entry in missing} - handlers.keys():
        raise EndingUnknown(
            f"the journal has endings of a newer release: {', '.join(sorted(unknown))}; start that release"
        )
    for entry in missing:
        with sessions.begin() as session:
            session.info[REPLAYING] = True
            handlers[entry.name](session, entry)
            session.execute(
                sa.insert(model).values(
                    id=entry.id,
                    name=entry.name,
                    data=entry.data,
                    ended_at=entry.at,
                    written_at=sql_now(),
                )
            )
        log.info("ending.replayed", ending=entry.name, at=entry.at.isoformat())
    return len(missing)


def find_missing(
    sessions: Sessions, model: type[EndingMixin], service: str, journal: Journal
) -> Sequence[Entry]:
    """Return the entries of the journal that a database lacks, in the order in which they were written.

    Their moments do not order them: a clock may have been set back, also over a restore.
    """
    with sessions() as session:
        newest = _find_newest(session, model)
    after = newest - MEMORY if newest else None
    segments: list[list[Entry]] = []
    known_segments = 0
    for entries in journal.list_back(service):
        unknown_entries = [
            entry for entry in _list_unknown(sessions, model, entries) if _is_after(entry, after)
        ]
        segments.append(unknown_entries)
        known_segments = 0 if unknown_entries else known_segments + 1
        if known_segments >= MOST_OVERTAKEN:
            break
    missing: dict[uuid.UUID, Entry] = {}
    for entries in reversed(segments):
        for entry in entries:
            # Another writer may have been late with what an older segment has.
            missing.setdefault(entry.id, entry)
    return list(missing.values())


def _find_newest(session: Session, model: type[EndingMixin]) -> datetime | None:
    """Return when the newest ending was. A row that a wrong clock has put into the future does not count."""
    newest = sa.select(sa.func.max(model.ended_at))
    past = session.scalars(newest.where(model.ended_at <= sql_now())).one()
    return past or session.scalars(newest).one()


def _list_unknown(sessions: Sessions, model: type[EndingMixin], entries: Sequence[Entry]) -> list[Entry]:
    with sessions() as session:
        known_ids = set(
            session.scalars(sa.select(model.id).where(model.id.in_([entry.id for entry in entries])))
        )
    return [entry for entry in entries if entry.id not in known_ids]


def _is_after(entry: Entry, moment: datetime | None) -> bool:
    return moment is None or entry.at > moment
