"""Which events of other services become messages to a person. The consumers of `background.py` call these."""

import uuid

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.auth.actions.contacts import on_institution_failing
from services.auth.models import Notice, NoticeKind, SecurityNotice, SecurityNoticeKind
from services.kit.db import sql_now
from services.kit.feed import Event, Handler
from services.kit.jalali import tehran_date

# What a feed tells later than this, after a long outage or to a new database, is no news to a phone.
NEWS_SECONDS = 24 * 3600
GUESSES = frozenset({"code-not-accepted", "other-institution"})


def on_letter_ready(session: Session, event: Event) -> None:
    _notify(session, NoticeKind.LETTER_READY, event, cause=event.id)


def on_inquiry_answered(session: Session, event: Event) -> None:
    _notify(session, NoticeKind.LETTER_VIEWED, event, cause=event.id)


def on_letter_superseded(session: Session, event: Event) -> None:
    """At most one message a person and a day: one list may supersede all letters of a person."""
    _notify(session, NoticeKind.LETTER_SUPERSEDED, event, cause=_once_a_day("superseded", event))


def on_inquiry_refused(session: Session, event: Event) -> None:
    """At most one message a person and a day, whatever strangers try.

    A right pair on a permit that has ended or rests is no stranger's guess: the activity page tells of it.
    """
    if event.data.get("reason") in GUESSES:
        _notify(session, NoticeKind.ATTEMPTS_FAILED, event, cause=_once_a_day("refused", event))


def on_permit_issued(session: Session, event: Event) -> None:
    """One message a permit: whoever is signed in on a stolen device issues one first of all."""
    _notify(session, SecurityNoticeKind.PERMIT_ISSUED, event, cause=event.id)


def _once_a_day(what: str, event: Event) -> str:
    return f"{what} {event.subject} {tehran_date(event.occurred_at)}"


def _notify(session: Session, kind: NoticeKind | SecurityNoticeKind, event: Event, cause: str) -> None:
    if event.subject is None:
        return
    model = Notice if isinstance(kind, NoticeKind) else SecurityNotice
    notice = {
        model.kind: kind,
        model.person_id: uuid.UUID(event.subject),
        model.cause: cause,
        model.occurred_at: event.occurred_at,
        model.request_id: event.request_id,
    }
    values = [sa.literal(value, column.type) for column, value in notice.items()]
    is_news = sql_now(-NEWS_SECONDS) <= sa.literal(event.occurred_at, model.occurred_at.type)
    is_told = sa.exists().where(model.cause == cause)
    session.execute(sa.insert(model).from_select(list(notice), sa.select(*values).where(is_news, ~is_told)))


HANDLERS: dict[str, dict[str, Handler]] = {
    "disclosure": {"letter.ready": on_letter_ready, "letter.superseded": on_letter_superseded},
    "inquiry": {
        "inquiry.answered": on_inquiry_answered,
        "inquiry.refused": on_inquiry_refused,
        "institution.failing": on_institution_failing,
        "permit.issued": on_permit_issued,
    },
}
