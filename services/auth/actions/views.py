"""Messages about views of letters: the first view at an institution immediately, later ones in one digest.

Views of one permit by one institution on one day in Tehran belong together. The digest counts every view of
the day. It is sent in the evening; if further views follow, a second one is sent the next morning.
"""

import hashlib
import uuid
from datetime import datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.auth.models import AccountNotice, AccountNoticeKind, LetterView, Notice, NoticeKind
from services.kit.db import read_database_time
from services.kit.feed import Event
from services.kit.jalali import TEHRAN, to_tehran_date

# Before the quiet hours begin, and after they end.
EVENING, MORNING = time(20, 30), time(8)
# Events that a feed delivers later than this, after an outage or to a new database, cause no message.
MAX_AGE_SECONDS = 24 * 3600


def on_inquiry_answered(session: Session, event: Event) -> None:
    """Add a message that an institution has seen a letter, or count the view in the digest of its day."""
    now = read_database_time(session)
    if event.subject is None or (now - event.occurred_at).total_seconds() > MAX_AGE_SECONDS:
        return
    person_id, day = uuid.UUID(event.subject), to_tehran_date(event.occurred_at)
    if _is_stored(session, LetterView, event.id):
        return
    session.add(LetterView(person_id=person_id, day=day, cause=event.id, occurred_at=event.occurred_at))
    session.flush()
    cause = f"viewed {event.data.get('permit_id')} {_hash_institution(event)} {day}"
    if not _is_stored(session, Notice, cause):
        session.add(
            Notice(
                kind=NoticeKind.LETTER_VIEWED,
                person_id=person_id,
                cause=cause,
                occurred_at=event.occurred_at,
                request_id=event.request_id,
            )
        )
        return
    evening = datetime.combine(day, EVENING, TEHRAN)
    is_late, cause = now >= evening, f"views {person_id} {day}"
    if is_late:
        if _is_waiting(session, cause):
            # The quiet hours, or an outage, hold the first digest: it will count this view too.
            return
        cause = f"{cause} late"
    if not _is_stored(session, AccountNotice, cause):
        morning = datetime.combine(day + timedelta(days=1), MORNING, TEHRAN)
        session.add(
            AccountNotice(
                kind=AccountNoticeKind.VIEWS_OF_DAY,
                person_id=person_id,
                day=day,
                cause=cause,
                occurred_at=event.occurred_at,
                due_at=morning if is_late else evening,
                request_id=event.request_id,
            )
        )


def count_views(session: Session, notice: AccountNotice) -> int:
    """Return the number of views of the day of a digest."""
    views = sa.select(sa.func.count()).where(
        LetterView.person_id == notice.person_id, LetterView.day == notice.day
    )
    return session.scalars(views).one()


def _hash_institution(event: Event) -> str:
    # An institution that inquires by form has no name.
    return hashlib.sha256(str(event.data.get("institution") or "").encode()).hexdigest()[:16]


def _is_waiting(session: Session, cause: str) -> bool:
    """Return whether a digest is not sent yet."""
    waiting = sa.select(AccountNotice.position).where(
        AccountNotice.cause == cause, AccountNotice.due_at.is_not(None), AccountNotice.sends == 0
    )
    # A sender that counts at this moment would miss the view.
    return session.scalars(waiting.with_for_update()).first() is not None


def _is_stored(session: Session, model: type[LetterView | Notice | AccountNotice], cause: str) -> bool:
    return session.scalars(sa.select(model.position).where(model.cause == cause)).first() is not None
