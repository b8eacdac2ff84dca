"""Clients of institutions, as admins and institutions' managers administer them. A secret is shown once."""

import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.actions.acts import Actor, record_act
from services.auth.actions.clients import (
    MAX_CLIENTS,
    generate_secret,
    hash_secret,
    note_client_change,
    revoke_tokens,
)
from services.auth.actions.managed_institutions import require_enabled_institution
from services.auth.actions.staff_accounts import DAY
from services.auth.errors import ClientIdTaken, LimitReached, TooManyAdded
from services.auth.models import ActorRole, Client
from services.auth.store import locks
from services.kit.db import sql_now
from services.kit.problems import NotFound


def list_clients(session: Session, institution_id: uuid.UUID) -> Sequence[Client]:
    """Return the clients of an institution, by id."""
    return session.scalars(
        sa.select(Client).where(Client.institution_id == institution_id).order_by(Client.id)
    ).all()


def add_client(
    session: Session, actor: Actor, institution_id: uuid.UUID, client_id: str, scopes: Sequence[str]
) -> tuple[Client, str]:
    """Return a new client of an institution, and its secret.

    Raises NotFound, InstitutionDisabled, LimitReached, TooManyAdded, ClientIdTaken.
    """
    require_enabled_institution(session, institution_id)
    _check_limit(session, institution_id)
    added_today = sa.select(sa.func.count()).where(
        Client.institution_id == institution_id, Client.added_at > sql_now(-DAY)
    )
    if actor.role is ActorRole.MANAGER and session.scalars(added_today).one() >= MAX_CLIENTS:
        raise TooManyAdded(most=MAX_CLIENTS)
    secret = generate_secret()
    client = Client(
        id=client_id,
        institution_id=institution_id,
        scopes=sorted(set(scopes)),
        secret_hash=hash_secret(secret),
    )
    try:
        with session.begin_nested():
            session.add(client)
    except IntegrityError as error:
        raise ClientIdTaken from error
    session.refresh(client)
    record_act(session, actor, "client-added", client_id, institution_id=institution_id, scopes=client.scopes)
    return client, secret


def _check_limit(session: Session, institution_id: uuid.UUID) -> None:
    if store.count_enabled_clients(session, institution_id) >= MAX_CLIENTS:
        raise LimitReached(most=MAX_CLIENTS)


def lock_client(session: Session, actor: Actor, client_id: str) -> Client:
    """Return an institution's client with its row locked.

    Raises NotFound for clients of our own services, and for a manager for those of other institutions.
    """
    client = locks.lock_client(session, client_id)
    if client is None or client.institution_id is None:
        raise NotFound
    if actor.institution_id is not None and client.institution_id != actor.institution_id:
        raise NotFound
    return client


def change_client(
    session: Session, actor: Actor, client: Client, scopes: Sequence[str] | None, *, disabled: bool
) -> None:
    """Set the scopes of a client whose row is locked, and disable or enable it; None leaves the scopes.

    Tokens end when the client is disabled or loses a scope. Raises LimitReached.
    """
    former = list(client.scopes)
    given = former if scopes is None else sorted(set(scopes))
    is_less = bool(set(former) - set(given))
    note_client_change(session, client, given, disabled=disabled)
    if set(former) != set(given):
        client.scopes = list(given)
        record_act(
            session,
            actor,
            "client-scopes-changed",
            client.id,
            institution_id=client.institution_id,
            former=former,
            scopes=list(given),
        )
    if bool(client.disabled_at) != disabled:
        if client.institution_id and not disabled:
            _check_limit(session, client.institution_id)
        is_less = is_less or disabled
        client.disabled_at = sql_now() if disabled else None
        action = "client-disabled" if disabled else "client-enabled"
        record_act(session, actor, action, client.id, institution_id=client.institution_id)
    session.flush()
    if is_less:
        revoke_tokens(session, client)
    session.refresh(client)


def replace_secret(session: Session, actor: Actor, client: Client) -> str:
    """Return a new secret of a client whose row is locked; the old one and its tokens end."""
    secret = generate_secret()
    note_client_change(session, client, client.scopes, disabled=bool(client.disabled_at), has_new_secret=True)
    client.secret_hash = hash_secret(secret)
    session.flush()
    revoke_tokens(session, client)
    session.refresh(client)
    record_act(session, actor, "client-secret-replaced", client.id, institution_id=client.institution_id)
    return secret
