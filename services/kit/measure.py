"""What every service measures for `/metrics`: its outbox, its cursors, the disk space for its objects.

`app.py` of a service passes these to `health.add_measures`.
"""

import os
from collections.abc import Iterator
from urllib.parse import urlsplit
from urllib.request import url2pathname

import sqlalchemy as sa
from prometheus_client.core import Metric
from sqlalchemy.orm import Session

from services.kit.db import Sessions, sql_now
from services.kit.feed import FeedCursorMixin
from services.kit.feed_tails import FeedTables
from services.kit.metrics import build_gauge
from services.kit.outbox import OutboxMixin

KINDS = ("event", "task")


def measure_feeds(
    sessions: Sessions,
    service: str,
    feed: FeedTables,
    cursor: type[FeedCursorMixin],
) -> Iterator[Metric]:
    """Yield what waits in a service's outbox, how far its feed goes, and how far it has read others'."""
    with sessions() as session:
        waiting = {kind: (count, age) for kind, count, age in _measure_waiting(session, feed.outbox)}
        ends = session.execute(sa.select(feed.counter.last, feed.counter.tail)).one_or_none()
        read = session.execute(sa.select(cursor.source, cursor.last, cursor.gap_at)).all()
        readers = session.execute(sa.select(feed.reader.consumer, feed.reader.read_at)).all()
    last, tail = ends or (0, 0)
    yield build_gauge(
        "govah_outbox_waiting",
        "Events without a number and tasks not published",
        [((kind,), waiting.get(kind, (0, 0.0))[0]) for kind in KINDS],
        "kind",
    )
    yield build_gauge(
        "govah_outbox_oldest_seconds",
        "Age of the oldest event without a number or task not published",
        [((kind,), waiting.get(kind, (0, 0.0))[1]) for kind in KINDS],
        "kind",
    )
    yield build_gauge("govah_feed_events", "Number of the feed's last event", [((service,), last)], "source")
    yield build_gauge(
        "govah_feed_tail",
        "Number up to which only permanent events of the feed are left",
        [((service,), tail or 0)],
        "source",
    )
    yield build_gauge(
        "govah_feed_reader_seen_timestamp_seconds",
        "When a consumer last fetched events of the feed, to the minute",
        [((service, consumer), read_at.timestamp()) for consumer, read_at in readers],
        "source",
        "consumer",
    )
    yield build_gauge(
        "govah_feed_gap_timestamp_seconds",
        "When this service last found that events of a feed were deleted before it had read them",
        [((source, service), gap_at.timestamp()) for source, _, gap_at in read if gap_at],
        "source",
        "consumer",
    )
    yield build_gauge(
        "govah_feed_events_read",
        "Number of the last event of a feed that this service has read",
        [((source, service), number) for source, number, _ in read],
        "source",
        "consumer",
    )


def _measure_waiting(session: Session, outbox: type[OutboxMixin]) -> Iterator[tuple[str, int, float]]:
    rows = session.execute(
        sa.select(outbox.kind, sa.func.count(), sa.func.min(outbox.occurred_at), sql_now())
        .where(outbox.published_at.is_(None))
        .group_by(outbox.kind)
    ).all()
    for kind, count, oldest, now in rows:
        yield kind, count, max(0.0, (now - oldest).total_seconds())


def measure_room(storage_url: str) -> Iterator[Metric]:
    """Yield the size of the file system of the objects and its free space; nothing for a bucket."""
    parts = urlsplit(storage_url)
    if parts.scheme == "file":
        room = os.statvfs(url2pathname(parts.path))
        size, free = room.f_blocks * room.f_frsize, room.f_bavail * room.f_frsize
        yield build_gauge("govah_storage_bytes", "Size of the file system of objects", [((), size)])
        yield build_gauge("govah_storage_free_bytes", "What is free of it", [((), free)])
