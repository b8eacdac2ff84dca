"""Notices: messages to a person about events of other services. Consumers of `background` add them."""

import uuid
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.auth.actions.contacts import on_institution_failing
from services.auth.actions.views import MAX_AGE_SECONDS, on_inquiry_answered
from services.auth.models import (
    AccountNotice,
    AccountNoticeKind,
    Notice,
    NoticeKind,
    PersonNotice,
    PersonNoticeKind,
    RecordNotice,
    RecordNoticeKind,
    SecurityNotice,
    SecurityNoticeKind,
)
from services.auth.store.people import request_check
from services.kit.db import sql_now
from services.kit.feed import Event, Handler
from services.kit.jalali import to_tehran_date

GUESSES = frozenset({"code-not-accepted", "other-institution"})


def on_letter_ready(session: Session, event: Event) -> None:
    """Add a message that a letter is ready."""
    _add_notice(session, NoticeKind.LETTER_READY, event, cause=event.id)


def on_letter_revoked(session: Session, event: Event) -> None:
    """Add a message that an officer has revoked a letter."""
    _add_notice(session, AccountNoticeKind.LETTER_REVOKED, event, cause=event.id)


def on_discrepancy_reported(session: Session, event: Event) -> None:
    """Add a message that an institution reports a discrepancy, one for all months of one inquiry."""
    cause = f"discrepancy {event.data.get('inquiry_id') or event.id}"
    _add_notice(session, AccountNoticeKind.DISCREPANCY_REPORTED, event, cause=cause)


def on_permit_ending(session: Session, event: Event) -> None:
    """Add a message that a permit is about to end, one a day for each person."""
    _add_notice(
        session, AccountNoticeKind.PERMIT_ENDING, event, cause=_build_daily_cause("permit-ending", event)
    )


def on_letter_superseded(session: Session, event: Event) -> None:
    """Add a message that a letter is out of date; one a day, since a list may supersede many letters."""
    _add_notice(session, NoticeKind.LETTER_SUPERSEDED, event, cause=_build_daily_cause("superseded", event))


def on_inquiry_refused(session: Session, event: Event) -> None:
    """Add a message about failed guesses at a permit, at most one a day for each person.

    A right pair for a permit that is paused or has ended is not a guess: the activity page lists it.
    """
    if event.data.get("reason") in GUESSES:
        _add_notice(session, NoticeKind.ATTEMPTS_FAILED, event, cause=_build_daily_cause("refused", event))


def on_permit_issued(session: Session, event: Event) -> None:
    """Add a message for each new permit: a permit is what a thief of a signed-in device issues first."""
    _add_notice(session, SecurityNoticeKind.PERMIT_ISSUED, event, cause=event.id)


def on_objection_decided(session: Session, event: Event) -> None:
    """Add a message that officers have decided about an objection; its outcome is in the account."""
    _add_notice(session, RecordNoticeKind.OBJECTION_DECIDED, event, cause=event.id)


def on_objection_questioned(session: Session, event: Event) -> None:
    """Add a message that an officer asks about an objection."""
    _add_notice(session, RecordNoticeKind.OBJECTION_QUESTION, event, cause=event.id)


def on_person_corrected(session: Session, event: Event) -> None:
    """Add a message that names what was corrected, and ask records for the numbers of now.

    The message about a national code comes then.
    """
    fields = [name for name in event.data["fields"] if name != "national_code"]
    if {"national_code", "insurance_number"} & set(event.data["fields"]) and event.subject:
        request_check(session, uuid.UUID(event.subject), event)
    if fields:
        _add_notice(session, PersonNoticeKind.IDENTITY_CORRECTED, event, cause=event.id, fields=fields)


def on_person_merged(session: Session, event: Event) -> None:
    """Ask who the person is now: the account moves to that one, or is closed."""
    if event.subject:
        request_check(session, uuid.UUID(event.subject), event)


def _build_daily_cause(what: str, event: Event) -> str:
    return f"{what} {event.subject} {to_tehran_date(event.occurred_at)}"


def _add_notice(
    session: Session,
    kind: AccountNoticeKind | NoticeKind | PersonNoticeKind | RecordNoticeKind | SecurityNoticeKind,
    event: Event,
    cause: str,
    **more: Any,
) -> None:
    if event.subject is None:
        return
    model = _MODELS[type(kind)]
    columns = {
        model.kind: kind,
        model.person_id: uuid.UUID(event.subject),
        model.cause: cause,
        model.occurred_at: event.occurred_at,
        model.request_id: event.request_id,
    } | {getattr(model, name): value for name, value in more.items()}
    values = [sa.literal(value, column.type) for column, value in columns.items()]
    is_recent = sql_now(-MAX_AGE_SECONDS) <= sa.literal(event.occurred_at, model.occurred_at.type)
    is_stored = sa.exists().where(model.cause == cause)
    session.execute(
        sa.insert(model).from_select(list(columns), sa.select(*values).where(is_recent, ~is_stored))
    )


_MODELS: Mapping[
    type[StrEnum], type[AccountNotice | Notice | PersonNotice | RecordNotice | SecurityNotice]
] = {
    AccountNoticeKind: AccountNotice,
    NoticeKind: Notice,
    PersonNoticeKind: PersonNotice,
    RecordNoticeKind: RecordNotice,
    SecurityNoticeKind: SecurityNotice,
}
HANDLERS: dict[str, dict[str, Handler]] = {
    "disclosure": {
        "letter.ready": on_letter_ready,
        "letter.revoked": on_letter_revoked,
        "letter.superseded": on_letter_superseded,
    },
    "records": {
        "objection.decided": on_objection_decided,
        "objection.questioned": on_objection_questioned,
        "person.corrected": on_person_corrected,
        "person.merged": on_person_merged,
    },
    "inquiry": {
        "discrepancy.reported": on_discrepancy_reported,
        "inquiry.answered": on_inquiry_answered,
        "inquiry.refused": on_inquiry_refused,
        "institution.failing": on_institution_failing,
        "permit.ending": on_permit_ending,
        "permit.issued": on_permit_issued,
    },
}
