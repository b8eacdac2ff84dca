"""Mandates: a person names a helper, who accepts, and either of them ends it.

Nobody learns who has an account: the reply to an invitation is the same for every national code, the helper
sees it after signing in, and a declined invitation looks to the person as if it were never answered.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from services.auth.actions import acting
from services.auth.actions.sealed_texts import seal_text, unseal_text
from services.auth.errors import OwnRepresentative, TooManyRepresentatives
from services.auth.models import (
    Account,
    Ending,
    FailedAttempt,
    Mandate,
    MandateNotice,
    MandateNoticeKind,
    MandateStatus,
    Outbox,
)
from services.auth.store import mandates as store
from services.kit import logging
from services.kit.attempts import Limit, derive_attempt_key, reserve_attempt
from services.kit.db import read_database_time, sql_now
from services.kit.endings import add_ending
from services.kit.outbox import add_event
from services.kit.paging import fetch_page
from services.kit.problems import NotFound

DAY = 24 * 3600
# Invitations and mandates of a person that have not ended, and invitations that a person makes in a day.
MAX_OPEN = 10
PER_DAY = (Limit(10, DAY),)
INVITATION_DAYS = 14
LABEL, NAME = "mandate label", "mandate name"

log = structlog.get_logger()


@dataclass(frozen=True)
class Offer:
    """What a person gives a helper.

    `label` is what the person calls the helper, `name` the person's name as the helper sees it.
    """

    national_code: str
    label: str
    name: str
    scopes: Sequence[str]
    valid_days: int


class GivenMandate(NamedTuple):
    """A mandate as its person sees it."""

    mandate: Mandate
    status: MandateStatus
    label: str
    name: str


class ReceivedMandate(NamedTuple):
    """A mandate or an invitation as its helper sees it."""

    mandate: Mandate
    status: MandateStatus
    name: str


def offer_mandate(session: Session, pepper: bytes, person: Account, offer: Offer) -> GivenMandate:
    """Return an invitation for the holder of a national code; it replaces an earlier one for the same code.

    An account with that code gets a message; the statements are the same without one. Raises
    OwnRepresentative, TooManyRepresentatives, TooManyAttempts.
    """
    if offer.national_code == person.national_code:
        raise OwnRepresentative
    key = derive_attempt_key(pepper, "mandates", str(person.id))
    reserve_attempt(session, FailedAttempt, {key: PER_DAY})
    mandates = store.list_open(session, person.id)
    replaced = [it for it in mandates if it.helper_code == offer.national_code and it.accepted_at is None]
    if len(mandates) - len(replaced) >= MAX_OPEN:
        raise TooManyRepresentatives
    for mandate in replaced:
        mandate.ended_at, mandate.helper_id = sql_now(), None
        add_ending(session, Ending, "mandate.ended", mandate_id=mandate.id)
    mandate_id = uuid.uuid4()
    mandate = Mandate(
        id=mandate_id,
        person_id=person.id,
        helper_code=offer.national_code,
        scopes=list(offer.scopes),
        sealed_label=seal_text(pepper, LABEL, mandate_id, offer.label),
        sealed_name=seal_text(pepper, NAME, mandate_id, offer.name),
        invitation_expires_at=sql_now(min(INVITATION_DAYS, offer.valid_days) * DAY),
        expires_at=sql_now(offer.valid_days * DAY),
    )
    session.add(mandate)
    session.flush()
    session.refresh(mandate)
    add_event(session, Outbox, "mandate.offered", subject=person.id, data={"mandate_id": str(mandate_id)})
    _notify_helper(session, mandate)
    log.info("mandate.offered", subject=str(person.id), mandate=str(mandate_id))
    return GivenMandate(mandate, MandateStatus.INVITED, offer.label, offer.name)


def _notify_helper(session: Session, mandate: Mandate) -> None:
    """Add a message to the account of the helper's code, if there is one: one statement for both cases."""
    columns = {
        MandateNotice.kind: MandateNoticeKind.INVITED,
        MandateNotice.cause: f"offered {mandate.id}",
        MandateNotice.request_id: logging.get_request_id(),
    }
    values = [sa.literal(value, column.type) for column, value in columns.items()]
    holder = sa.select(Account.id, *values, sql_now()).where(Account.national_code == mandate.helper_code)
    session.execute(
        sa.insert(MandateNotice).from_select(
            [MandateNotice.person_id, *columns, MandateNotice.occurred_at], holder
        )
    )


def list_given(
    session: Session, pepper: bytes, person_id: uuid.UUID, *, limit: int, cursor: str | None
) -> tuple[Sequence[GivenMandate], str | None]:
    """Return one page of the mandates that a person gave, newest first, and the next page's cursor."""
    rows, next_cursor = fetch_page(
        session, store.select_given(person_id), Mandate.position, name="given", limit=limit, cursor=cursor
    )
    now = read_database_time(session)
    return [_describe_given(pepper, row, now) for row in rows], next_cursor


def _describe_given(pepper: bytes, mandate: Mandate, now: datetime) -> GivenMandate:
    status = mandate.get_status(now)
    if mandate.ended_at and mandate.accepted_at is None:
        is_withdrawn = mandate.helper_id is None
        if is_withdrawn:
            status = MandateStatus.ENDED
        elif mandate.invitation_expires_at > now:
            # The helper has declined; the person does not see whether anybody was there.
            status = MandateStatus.INVITED
    label, name = (
        unseal_text(pepper, purpose, mandate.id, sealed)
        for purpose, sealed in ((LABEL, mandate.sealed_label), (NAME, mandate.sealed_name))
    )
    return GivenMandate(mandate, status, label, name)


def list_received(
    session: Session, pepper: bytes, helper_id: uuid.UUID, *, limit: int, cursor: str | None
) -> tuple[Sequence[ReceivedMandate], str | None]:
    """Return one page of a helper's mandates and invitations, newest first, and the next page's cursor."""
    query = store.select_received(helper_id, _find_code(session, helper_id))
    rows, next_cursor = fetch_page(
        session, query, Mandate.position, name="received", limit=limit, cursor=cursor
    )
    now = read_database_time(session)
    return [_describe_received(pepper, row, now) for row in rows], next_cursor


def _describe_received(pepper: bytes, mandate: Mandate, now: datetime) -> ReceivedMandate:
    name = unseal_text(pepper, NAME, mandate.id, mandate.sealed_name)
    return ReceivedMandate(mandate, mandate.get_status(now), name)


def accept_mandate(
    session: Session, pepper: bytes, helper_id: uuid.UUID, mandate_id: uuid.UUID
) -> ReceivedMandate:
    """Return a mandate that has begun: its helper has accepted. Idempotent.

    It replaces an earlier mandate of the same two people. The person gets a message. Raises NotFound.
    """
    mandate = _find_received(session, helper_id, mandate_id)
    if mandate.accepted_at is None:
        for earlier in store.list_open(session, mandate.person_id):
            if earlier.helper_id == helper_id and earlier.accepted_at:
                _end(session, earlier)
        mandate.helper_id, mandate.accepted_at = helper_id, sql_now()
        session.flush()
        session.refresh(mandate)
        data = {"mandate_id": str(mandate.id), "actor": str(helper_id)}
        add_event(session, Outbox, "mandate.began", subject=mandate.person_id, data=data)
        acting.notify_once(session, MandateNoticeKind.BEGAN, mandate.person_id, f"began {mandate.id}")
        log.info("mandate.began", subject=str(mandate.person_id), actor=str(helper_id))
    return _describe_received(pepper, mandate, read_database_time(session))


def end_received(session: Session, helper_id: uuid.UUID, mandate_id: uuid.UUID) -> None:
    """End a mandate as its helper, or decline an invitation. Raises NotFound, also for one that is over."""
    mandate = _find_received(session, helper_id, mandate_id)
    mandate.helper_id = helper_id
    _end(session, mandate)


def end_given(session: Session, person_id: uuid.UUID, mandate_id: uuid.UUID) -> None:
    """End a mandate as its person, or withdraw an invitation. Idempotent. Raises NotFound."""
    mandate = store.find_given(session, person_id, mandate_id)
    if mandate is None:
        raise NotFound
    if mandate.ended_at is None:
        _end(session, mandate)
    elif mandate.accepted_at is None:
        # Declined before, which the person does not see.
        mandate.helper_id = None


def end_mandates(session: Session, account_id: uuid.UUID) -> None:
    """End what an account gave or received, whose row the caller has locked."""
    for mandate in store.list_open_of(session, account_id):
        _end(session, mandate)


def end_mandate(session: Session, mandate_id: uuid.UUID) -> None:
    """End a mandate or an invitation by its id, as it had ended before a restore; idempotent."""
    mandate = store.lock_mandate(session, mandate_id)
    if mandate is not None and mandate.ended_at is None:
        _end(session, mandate)


def _end(session: Session, mandate: Mandate) -> None:
    mandate.ended_at = sql_now()
    session.flush()
    add_ending(session, Ending, "mandate.ended", mandate_id=mandate.id)
    acting.end_acting_under(session, mandate)
    if mandate.accepted_at:
        data = {"mandate_id": str(mandate.id), "actor": str(mandate.helper_id)}
        add_event(session, Outbox, "mandate.ended", subject=mandate.person_id, data=data)
        log.info("mandate.ended", subject=str(mandate.person_id), actor=str(mandate.helper_id))


def _find_received(session: Session, helper_id: uuid.UUID, mandate_id: uuid.UUID) -> Mandate:
    mandate = store.find_received(session, helper_id, _find_code(session, helper_id), mandate_id)
    if mandate is None:
        raise NotFound
    return mandate


def _find_code(session: Session, helper_id: uuid.UUID) -> str | None:
    return session.scalars(sa.select(Account.national_code).where(Account.id == helper_id)).one_or_none()
