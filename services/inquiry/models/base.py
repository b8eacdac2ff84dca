"""The declarative base, and the tables that every service has."""

from datetime import datetime

from sqlalchemy.orm import DeclarativeBase, Mapped

from services.kit.attempts import FailedAttemptMixin
from services.kit.db import TYPES, new_metadata
from services.kit.endings import EndingMixin
from services.kit.feed import FeedCursorMixin
from services.kit.feed_tails import FeedMarkMixin, FeedReaderMixin, FeedTables
from services.kit.idempotency import IdempotencyMixin
from services.kit.merged_people import MergedPersonMixin
from services.kit.outbox import FeedCounterMixin, OutboxMixin
from services.kit.revocation import EndedSessionMixin
from services.kit.tokens import KnownKeyMixin


class Base(DeclarativeBase):
    metadata = new_metadata()
    type_annotation_map = TYPES


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
    """How far a feed was read. `complete_at` is a moment up to which all of it was read."""

    complete_at: Mapped[datetime | None]


class Ending(EndingMixin, Base):
    pass


class KnownKey(KnownKeyMixin, Base):
    pass


class EndedSession(EndedSessionMixin, Base):
    pass


class MergedPerson(MergedPersonMixin, Base):
    pass


class IdempotencyKey(IdempotencyMixin, Base):
    pass


class FailedAttempt(FailedAttemptMixin, Base):
    pass
