"""Queries of auth that more than one action asks."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.auth.models import (
    Account,
    Client,
    CodeKind,
    CodeMixin,
    CodeRequest,
    CodeState,
    ContactNotice,
    FailedAttempt,
    IdempotencyKey,
    Institution,
    KeyState,
    KnownDevice,
    MobileReversal,
    Notice,
    NoticeMixin,
    RefreshFamily,
    SecondFactor,
    SecurityNotice,
    SignInCode,
    SigningKey,
    Staff,
)
from services.kit.db import database_time, sql_now, sql_now_once

# Seconds that things stay after they have ended: a registration can be followed up for a week.
KEEP_CODE_REQUESTS = 7 * 24 * 3600
KEEP_NOTICES = 2 * 24 * 3600
KEEP_FAMILIES = 24 * 3600
KEEP_ATTEMPTS = 24 * 3600
KEEP_SIGN_IN_CODES = 24 * 3600
KEEP_REVERSALS = 7 * 24 * 3600
# Since it was last seen.
KEEP_DEVICES = 180 * 24 * 3600


def account_by_national_code(session: Session, national_code: str) -> Account | None:
    return session.scalars(sa.select(Account).where(Account.national_code == national_code)).one_or_none()


def staff_by_username(session: Session, username: str) -> Staff | None:
    return session.scalars(sa.select(Staff).where(Staff.username == username)).one_or_none()


def second_factor(session: Session, username: str) -> SecondFactor | None:
    return session.scalars(
        sa.select(SecondFactor).join(Staff).where(Staff.username == username)
    ).one_or_none()


def institution(session: Session, institution_id: uuid.UUID) -> Institution | None:
    return session.scalars(sa.select(Institution).where(Institution.id == institution_id)).one_or_none()


def live_client(session: Session, client_id: str) -> Client | None:
    """Return a client that exists and is not disabled.

    Nobody disables it, or changes its secret, before the transaction ends: a token that is signed in it is
    older than the end of the client's tokens.
    """
    client = session.get(Client, client_id, with_for_update={"read": True}, populate_existing=True)
    return client if client and client.disabled_at is None else None


def code_request(session: Session, kind: CodeKind, code_request_id: uuid.UUID) -> CodeRequest | None:
    return session.scalars(
        sa.select(CodeRequest).where(CodeRequest.id == code_request_id, CodeRequest.kind == kind)
    ).one_or_none()


def hold_account(session: Session, person_id: uuid.UUID) -> Account | None:
    """Return an account as it is now, and keep others from changing it before the transaction ends.

    Whoever changes an account and its codes, devices or sessions takes the account's row first.
    """
    return session.get(Account, person_id, with_for_update=True, populate_existing=True)


def keep_account(session: Session, national_code: str) -> None:
    """Keep others from changing the account of a national code before the transaction ends."""
    session.execute(
        sa.select(Account.id).where(Account.national_code == national_code).with_for_update(read=True)
    )


def latest_mobile_change(session: Session, person_id: uuid.UUID) -> CodeRequest | None:
    """Return the person's newest change of mobile whose code went out, else the newest of all.

    A person who has asked too often has only the code of an earlier message.
    """
    return session.scalars(
        sa.select(CodeRequest)
        .where(
            CodeRequest.kind == CodeKind.MOBILE_CHANGE,
            CodeRequest.person_id == person_id,
            CodeRequest.state == CodeState.OPEN,
            CodeRequest.expires_at > sql_now(),
        )
        .order_by(CodeRequest.code_hash.is_(None), CodeRequest.position.desc())
        .limit(1)
    ).one_or_none()


def open_reversal(session: Session, code_hash: str) -> MobileReversal | None:
    """Return the reversal of that code, if its time has not passed and nobody has used it."""
    return session.scalars(
        sa.select(MobileReversal).where(
            MobileReversal.code_hash == code_hash,
            MobileReversal.ended_at.is_(None),
            MobileReversal.expires_at > sql_now(),
        )
    ).one_or_none()


def reversible_mobiles(session: Session, person_id: uuid.UUID) -> Sequence[str]:
    """Return the mobiles that a person had, each as long as its holder can take the change back."""
    return session.scalars(
        sa.select(MobileReversal.old_mobile)
        .where(
            MobileReversal.person_id == person_id,
            MobileReversal.ended_at.is_(None),
            MobileReversal.expires_at > sql_now(),
        )
        .order_by(MobileReversal.position)
    ).all()


def is_code_due(model: type[CodeMixin]) -> sa.ColumnElement[bool]:
    """Return the condition that a code is to be sent now."""
    return sa.and_(model.due_at <= sql_now_once(), model.state == CodeState.OPEN)


def is_notice_due(model: type[NoticeMixin]) -> sa.ColumnElement[bool]:
    """Return the condition that a notice is to be sent now."""
    return model.due_at <= sql_now_once()


def due_code(session: Session, model: type[CodeMixin]) -> CodeMixin | None:
    """Return the request whose code has been due for longest, locked; None when there is none."""
    return session.scalars(
        sa.select(model)
        .where(is_code_due(model))
        .order_by(model.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()


def due_notice(session: Session, model: type[NoticeMixin]) -> tuple[NoticeMixin, str | None] | None:
    """Return the notice that has been due for longest, locked, and the mobile on file; else None."""
    found = session.execute(
        sa.select(model, Account.mobile)
        .outerjoin(Account, Account.id == model.person_id)
        .where(is_notice_due(model))
        .order_by(model.due_at)
        .limit(1)
        .with_for_update(of=model, skip_locked=True)
    ).one_or_none()
    if found is None:
        return None
    notice, mobile = found
    return notice, mobile


def end_notice(session: Session, notice: NoticeMixin) -> None:
    """Write down that a notice needs no further try."""
    model = type(notice)
    session.execute(
        sa.update(model)
        .where(model.position == notice.position)
        .values(due_at=None)
        .execution_options(synchronize_session=False)
    )


CONTACT_NOTICE_IS_DUE = ContactNotice.due_at <= sql_now_once()


def due_contact_notice(session: Session) -> tuple[ContactNotice, str | None] | None:
    """The message to an institution's contact that has been due for longest, locked, and the mobile."""
    found = session.execute(
        sa.select(ContactNotice, Institution.contact_mobile)
        .outerjoin(Institution, Institution.id == ContactNotice.institution_id)
        .where(CONTACT_NOTICE_IS_DUE)
        .order_by(ContactNotice.due_at)
        .limit(1)
        .with_for_update(of=ContactNotice, skip_locked=True)
    ).one_or_none()
    return (found[0], found[1]) if found else None


def end_contact_notice(session: Session, notice: ContactNotice) -> None:
    """Keep that a message to a contact needs no further try."""
    done = sa.update(ContactNotice).where(ContactNotice.position == notice.position).values(due_at=None)
    session.execute(done.execution_options(synchronize_session=False))


def count_live_clients(session: Session, institution_id: uuid.UUID) -> int:
    """How many enabled clients an institution has; the institution is locked, so that no other is added."""
    session.execute(sa.select(Institution.id).where(Institution.id == institution_id).with_for_update())
    live = sa.select(sa.func.count()).where(
        Client.institution_id == institution_id, Client.disabled_at.is_(None)
    )
    return session.scalars(live).one()


def signing_kid(session: Session) -> str | None:
    return session.scalars(
        sa.select(SigningKey.kid).where(SigningKey.state == KeyState.SIGNING)
    ).one_or_none()


def public_keys(session: Session) -> Sequence[SigningKey]:
    """Every key whose tokens are accepted, oldest first."""
    return session.scalars(
        sa.select(SigningKey)
        .where(SigningKey.state != KeyState.RETIRED)
        .order_by(SigningKey.changed_at, SigningKey.kid)
    ).all()


def has_expired(session: Session, moment: datetime) -> bool:
    """Whether a moment has passed by the database's clock."""
    return bool(session.scalar(sa.select(sa.literal(moment, type_=sql_now.type) <= sql_now())))


def forget(session: Session) -> None:
    """Delete what has ended long ago."""
    # As a value, from which PostgreSQL can tell that few rows are meant, and find them by their index.
    now = database_time(session)
    ended = (
        sa.delete(CodeRequest).where(CodeRequest.expires_at < now - timedelta(seconds=KEEP_CODE_REQUESTS)),
        sa.delete(SignInCode).where(SignInCode.expires_at < now - timedelta(seconds=KEEP_SIGN_IN_CODES)),
        sa.delete(MobileReversal).where(MobileReversal.expires_at < now - timedelta(seconds=KEEP_REVERSALS)),
        sa.delete(KnownDevice).where(KnownDevice.last_seen_at < now - timedelta(seconds=KEEP_DEVICES)),
        *(
            sa.delete(model).where(
                model.due_at.is_(None), model.occurred_at < now - timedelta(seconds=KEEP_NOTICES)
            )
            for model in (Notice, SecurityNotice)
        ),
        sa.delete(ContactNotice).where(
            ContactNotice.due_at.is_(None), ContactNotice.occurred_at < now - timedelta(seconds=KEEP_NOTICES)
        ),
        sa.delete(RefreshFamily).where(RefreshFamily.expires_at < now - timedelta(seconds=KEEP_FAMILIES)),
        sa.delete(FailedAttempt).where(FailedAttempt.at < now - timedelta(seconds=KEEP_ATTEMPTS)),
        sa.delete(IdempotencyKey).where(IdempotencyKey.created_at < now - timedelta(seconds=KEEP_ATTEMPTS)),
    )
    for statement in ended:
        session.execute(statement)
