"""The tables of auth's own feed, and how far it has read the feeds of others."""

from services.auth.models.base import Base
from services.kit.feed import FeedCursorMixin
from services.kit.feed_tails import FeedMarkMixin, FeedReaderMixin, FeedTables
from services.kit.outbox import FeedCounterMixin, OutboxMixin


class Outbox(OutboxMixin, Base):
    pass


class FeedCounter(FeedCounterMixin, Base):
    pass


class FeedReader(FeedReaderMixin, Base):
    pass


class FeedMark(FeedMarkMixin, Base):
    pass


FEED = FeedTables(Outbox, FeedCounter, FeedReader, FeedMark)


class FeedCursor(FeedCursorMixin, Base):
    pass
