"""Queries of auth that several actions use; `people` has those about corrected and merged people."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.auth.models import (
    NOTICES,
    Account,
    AccountNotice,
    AccountNoticeKind,
    ActingSession,
    Client,
    ClosedAccount,
    CodeKind,
    CodeMixin,
    CodeRequest,
    CodeState,
    ContactNotice,
    FactorRequest,
    FailedAttempt,
    IdempotencyKey,
    Institution,
    KeyState,
    KnownDevice,
    LetterView,
    Mandate,
    MobileReversal,
    NoticeMixin,
    Passkey,
    RefreshFamily,
    SecondFactor,
    SignInCode,
    SigningKey,
    Staff,
)
from services.kit.db import read_database_time, select_sql_now, sql_now
from services.kit.text import fold_name, normalise_text

# Retention in seconds after the end of a row: the status of a registration can be read for a week.
KEEP_CODE_REQUESTS = 7 * 24 * 3600
KEEP_NOTICES = 2 * 24 * 3600
# Longer than the digest of a day waits and is tried.
KEEP_VIEWS = 4 * 24 * 3600
KEEP_FAMILIES = 24 * 3600
KEEP_ATTEMPTS = 24 * 3600
KEEP_SIGN_IN_CODES = 24 * 3600
KEEP_REVERSALS = 7 * 24 * 3600
# Counted from when the device was last seen.
KEEP_DEVICES = 180 * 24 * 3600
KEEP_CLOSED_ACCOUNTS = 180 * 24 * 3600
# After the end that was agreed; until then the activity page can name the representative.
KEEP_MANDATES = 365 * 24 * 3600


def find_staff(session: Session, username: str) -> Staff | None:
    return session.scalars(sa.select(Staff).where(Staff.username == username)).one_or_none()


def list_owners_with_factors(session: Session, staff_ids: Collection[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Return those members of staff who have a second factor: time-based codes or a passkey."""
    totp = sa.select(SecondFactor.staff_id).where(SecondFactor.staff_id.in_(staff_ids))
    passkeys = sa.select(Passkey.owner_id).where(Passkey.owner_id.in_(staff_ids))
    return frozenset(session.scalars(sa.union(totp, passkeys)))


def find_institution_named(session: Session, name: str) -> Institution | None:
    """Return the institution of that name, whichever way it is spelled, or None.

    Names that were added before spellings were compared may be alike: the one spelled as given comes first.
    """
    normalised, key = normalise_text(name), fold_name(name)
    alike = [item for item in session.scalars(sa.select(Institution)) if fold_name(item.name) == key]
    return min(alike, key=lambda item: (item.name != normalised, str(item.id)), default=None)


def find_institution(session: Session, institution_id: uuid.UUID) -> Institution | None:
    return session.scalars(sa.select(Institution).where(Institution.id == institution_id)).one_or_none()


def lock_institution(session: Session, institution_id: uuid.UUID) -> Institution | None:
    """Return an institution with its row locked, or None."""
    of_id = sa.select(Institution).where(Institution.id == institution_id).with_for_update()
    return session.scalars(of_id.execution_options(populate_existing=True)).one_or_none()


def lock_enabled_client(session: Session, client_id: str) -> Client | None:
    """Return the client, or None if it or its institution is unknown or disabled; lock its row for reading.

    With the lock, the client is not disabled and its secret does not change before the transaction ends. A
    token that is signed in the transaction is therefore older than the end of the client's tokens.
    """
    client = session.get(Client, client_id, with_for_update={"read": True}, populate_existing=True)
    if client is None or client.disabled_at:
        return None
    if client.institution_id:
        institution = find_institution(session, client.institution_id)
        return None if institution is None or institution.disabled_at else client
    return client


def find_code_request(session: Session, kind: CodeKind, code_request_id: uuid.UUID) -> CodeRequest | None:
    return session.scalars(
        sa.select(CodeRequest).where(CodeRequest.id == code_request_id, CodeRequest.kind == kind)
    ).one_or_none()


def find_registration_id(session: Session, tracking_number: str) -> uuid.UUID | None:
    """Return the id of the registration with a tracking number, None without one."""
    return session.scalar(sa.select(CodeRequest.id).where(CodeRequest.tracking_number == tracking_number))


def lock_account(session: Session, person_id: uuid.UUID) -> Account | None:
    """Return an account as it is now, or None, and lock its row until the transaction ends.

    A transaction that changes an account and its codes, devices or sessions locks the account's row first.
    """
    return session.get(Account, person_id, with_for_update=True, populate_existing=True)


def find_latest_mobile_change(session: Session, person_id: uuid.UUID) -> CodeRequest | None:
    """Return the person's newest open change of mobile whose code went out, else the newest one, or None.

    A person who has made too many requests has only the code of an earlier message.
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


def find_open_reversal(session: Session, code_hash: str) -> MobileReversal | None:
    """Return the reversal with that code, or None if it is unknown, expired or used."""
    return session.scalars(
        sa.select(MobileReversal).where(
            MobileReversal.code_hash == code_hash,
            MobileReversal.ended_at.is_(None),
            MobileReversal.expires_at > sql_now(),
        )
    ).one_or_none()


def list_reversible_mobiles(session: Session, person_id: uuid.UUID) -> Sequence[str]:
    """Return the person's former mobiles whose holders can still reverse the change."""
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
    """Return the SQL condition for codes that are due."""
    return sa.and_(model.due_at <= select_sql_now(), model.state == CodeState.OPEN)


def is_notice_due(model: type[NoticeMixin], held_kinds: Collection[str] = ()) -> sa.ColumnElement[bool]:
    """Return the SQL condition for notices that are due, without the held kinds."""
    kind = sa.inspect(model).columns["kind"]
    # Newer code may have added kinds to the texts of account notices.
    all_kinds = getattr(kind.type, "enums", list(AccountNoticeKind))
    sent = [value for value in all_kinds if value not in held_kinds]
    is_due = model.due_at <= select_sql_now()
    return is_due if sent == all_kinds and model is not AccountNotice else sa.and_(is_due, kind.in_(sent))


def lock_due_codes(session: Session, model: type[CodeMixin], limit: int) -> Sequence[CodeMixin]:
    """Return the oldest code requests that are due, with their rows locked."""
    return session.scalars(
        sa.select(model)
        # The index of waiting codes has this condition.
        .where(model.due_at.is_not(None), is_code_due(model))
        .order_by(model.position)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


class DueNotice(NamedTuple):
    """A notice that is due, with the mobile on file and the person's language, if there is an account."""

    notice: NoticeMixin
    mobile: str | None
    language: str | None


def lock_due_notice(
    session: Session, model: type[NoticeMixin], held_kinds: Collection[str] = ()
) -> DueNotice | None:
    """Return the notice that has been due longest and is not of a held kind, with its row locked; or None."""
    row = session.execute(
        sa.select(model, Account.mobile, Account.language)
        .outerjoin(Account, Account.id == model.person_id)
        .where(is_notice_due(model, held_kinds))
        .order_by(model.due_at)
        .limit(1)
        .with_for_update(of=model, skip_locked=True)
    ).one_or_none()
    return DueNotice(*row) if row else None


def finish_notice(session: Session, notice: NoticeMixin | ContactNotice) -> None:
    """Mark a notice as finished: it is not tried again."""
    _set_notice(session, notice, due_at=None)


def return_try(session: Session, notice: NoticeMixin | ContactNotice, seconds: int) -> None:
    """Uncount a try of a notice, and try it again after `seconds`."""
    _set_notice(session, notice, sends=type(notice).sends - 1, due_at=sql_now(seconds))


def _set_notice(session: Session, notice: NoticeMixin | ContactNotice, **values: object) -> None:
    model = type(notice)
    session.execute(
        sa.update(model)
        .where(model.position == notice.position)
        .values(values)
        .execution_options(synchronize_session=False)
    )


CONTACT_NOTICE_IS_DUE = ContactNotice.due_at <= select_sql_now()


def lock_due_contact_notice(session: Session) -> tuple[ContactNotice, str | None] | None:
    """Return the contact notice that has been due longest, with its row locked, and its mobile; or None."""
    row = session.execute(
        sa.select(ContactNotice, Institution.contact_mobile)
        .outerjoin(Institution, Institution.id == ContactNotice.institution_id)
        .where(CONTACT_NOTICE_IS_DUE)
        .order_by(ContactNotice.due_at)
        .limit(1)
        .with_for_update(of=ContactNotice, skip_locked=True)
    ).one_or_none()
    return (row[0], row[1]) if row else None


def count_enabled_clients(session: Session, institution_id: uuid.UUID) -> int:
    """Return the number of enabled clients of an institution; lock the institution, so that none is added."""
    session.execute(sa.select(Institution.id).where(Institution.id == institution_id).with_for_update())
    enabled = sa.select(sa.func.count()).where(
        Client.institution_id == institution_id, Client.disabled_at.is_(None)
    )
    return session.scalars(enabled).one()


def find_signing_kid(session: Session) -> str | None:
    return session.scalars(
        sa.select(SigningKey.kid).where(SigningKey.state == KeyState.SIGNING)
    ).one_or_none()


def list_public_keys(session: Session) -> Sequence[SigningKey]:
    """Return every key whose tokens are accepted, oldest first."""
    return session.scalars(
        sa.select(SigningKey)
        .where(SigningKey.state != KeyState.RETIRED)
        .order_by(SigningKey.changed_at, SigningKey.kid)
    ).all()


def has_expired(session: Session, moment: datetime) -> bool:
    """Return whether a moment has passed by the database's clock."""
    return bool(session.scalar(sa.select(sa.literal(moment, type_=sql_now.type) <= sql_now())))


def delete_expired(session: Session) -> None:
    """Delete the rows whose retention is over."""
    # A value rather than an SQL expression: with it PostgreSQL estimates few rows and uses the index.
    now = read_database_time(session)
    deletions = (
        sa.delete(CodeRequest).where(CodeRequest.expires_at < now - timedelta(seconds=KEEP_CODE_REQUESTS)),
        sa.delete(SignInCode).where(SignInCode.expires_at < now - timedelta(seconds=KEEP_SIGN_IN_CODES)),
        sa.delete(MobileReversal).where(MobileReversal.expires_at < now - timedelta(seconds=KEEP_REVERSALS)),
        sa.delete(FactorRequest).where(FactorRequest.expires_at < now),
        sa.delete(KnownDevice).where(KnownDevice.last_seen_at < now - timedelta(seconds=KEEP_DEVICES)),
        sa.delete(ClosedAccount).where(
            ClosedAccount.closed_at < now - timedelta(seconds=KEEP_CLOSED_ACCOUNTS)
        ),
        *(
            sa.delete(model).where(
                model.due_at.is_(None), model.occurred_at < now - timedelta(seconds=KEEP_NOTICES)
            )
            for model in NOTICES
        ),
        sa.delete(LetterView).where(LetterView.occurred_at < now - timedelta(seconds=KEEP_VIEWS)),
        sa.delete(ContactNotice).where(
            ContactNotice.due_at.is_(None), ContactNotice.occurred_at < now - timedelta(seconds=KEEP_NOTICES)
        ),
        sa.delete(Mandate).where(Mandate.expires_at < now - timedelta(seconds=KEEP_MANDATES)),
        sa.delete(ActingSession).where(ActingSession.expires_at < now - timedelta(seconds=KEEP_FAMILIES)),
        sa.delete(RefreshFamily).where(RefreshFamily.expires_at < now - timedelta(seconds=KEEP_FAMILIES)),
        sa.delete(FailedAttempt).where(FailedAttempt.at < now - timedelta(seconds=KEEP_ATTEMPTS)),
        sa.delete(IdempotencyKey).where(IdempotencyKey.created_at < now - timedelta(seconds=KEEP_ATTEMPTS)),
    )
    for statement in deletions:
        session.execute(statement)
