"""Clients, which are programs with a secret: managed by `commands.clients`, authenticated for `routes.token`.

Every `ensure` is idempotent; every `add` rejects what exists.
"""

import hashlib
import hmac
import secrets
import uuid
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.actions.endings import publish_disabled_account
from services.auth.actions.institutions import require_institution
from services.auth.actions.staff import USERNAME
from services.auth.actions.tokens import INSTITUTION_SCOPES
from services.auth.errors import CommandRefused
from services.auth.models import Client, Ending, FailedAttempt
from services.auth.store import locks
from services.kit.attempts import Limit, cancel_attempt, derive_attempt_key, reserve_attempt
from services.kit.db import sql_now
from services.kit.endings import add_ending
from services.kit.network import find_network

# docs/internal.md: which service calls which, and what for.
SERVICE_SCOPES: Mapping[str, Sequence[str]] = {
    "auth": [
        "records:match-person",
        "records:identify-person",
        "records:events",
        "disclosure:events",
        "inquiry:events",
    ],
    "records": ["auth:events"],
    "disclosure": ["auth:events", "records:events", "records:figures", "records:answers", "inquiry:events"],
    "inquiry": ["auth:events", "disclosure:events", "records:events"],
    "pdfworker": ["disclosure:render"],
}
MIN_SECRET = 32
# inquiry limits failures per client, so an institution with many clients could make more guesses.
MAX_CLIENTS = 20
# Failures of one client id from one network, and of any client id from one network. Secrets are long and
# random, so the windows are short: a program is accepted soon after its secret was corrected, and one program
# cannot close a network that it shares with others.
PER_CLIENT = (Limit(5, 5 * 60),)
# Of our own services: while a secret is rotated, each of their programs first sends the new one, which auth
# does not have yet.
PER_SERVICE = (Limit(100, 5 * 60),)
PER_NETWORK = (Limit(300, 3600),)
# A hash that no secret has: compared for unknown clients.
UNMATCHED_HASH = "0" * 64

log = structlog.get_logger()


def add_client(session: Session, client_id: str, institution_id: uuid.UUID, secret: str) -> Client:
    """Return a new client for an institution's system. Raises CommandRefused when the id is taken."""
    if session.get(Client, client_id):
        raise CommandRefused(f"the client id {client_id} is taken")
    return ensure_client(session, client_id, institution_id, secret)


def ensure_client(session: Session, client_id: str, institution_id: uuid.UUID, secret: str) -> Client:
    """Return the client of an institution's system, with that secret. Raises CommandRefused."""
    require_institution(session, institution_id)
    return _ensure_client(session, client_id, institution_id, INSTITUTION_SCOPES, secret)


def ensure_service(session: Session, name: str, secret: str) -> Client:
    """Return the client of one of our services, with its `SERVICE_SCOPES`. Raises CommandRefused."""
    return _ensure_client(session, name, None, SERVICE_SCOPES[name], secret)


def _ensure_client(
    session: Session, client_id: str, institution_id: uuid.UUID | None, scopes: Sequence[str], secret: str
) -> Client:
    if not USERNAME.fullmatch(client_id):
        raise CommandRefused("a client id has 3 to 64 of a-z 0-9 . _ - and begins with a letter or digit")
    if len(secret) < MIN_SECRET:
        raise CommandRefused(f"the secret of {client_id} is shorter than {MIN_SECRET} characters")
    secret_hash = hash_secret(secret)
    client = locks.lock_client(session, client_id)
    if institution_id and (client is None or client.disabled_at):
        _check_client_limit(session, institution_id)
    if client is None:
        client = Client(
            id=client_id, institution_id=institution_id, scopes=list(scopes), secret_hash=secret_hash
        )
        session.add(client)
        session.flush()
        return client
    if client.institution_id != institution_id:
        raise CommandRefused(f"the client id {client_id} belongs to someone else")
    is_less = client.secret_hash != secret_hash or bool(set(client.scopes) - set(scopes))
    note_client_change(
        session,
        client,
        scopes,
        disabled=False,
        has_new_secret=client.secret_hash != secret_hash,
    )
    client.scopes = list(scopes)
    client.secret_hash = secret_hash
    client.disabled_at = None
    session.flush()
    if is_less:
        revoke_tokens(session, client)
    return client


def _check_client_limit(session: Session, institution_id: uuid.UUID) -> None:
    if store.count_enabled_clients(session, institution_id) >= MAX_CLIENTS:
        raise CommandRefused(
            f"the institution has {MAX_CLIENTS} enabled clients, the most there may be; "
            "disable one first: clients disable ID"
        )


def disable_client(session: Session, client_id: str) -> None:
    """Disable a client and revoke its tokens. Raises CommandRefused when the id is unknown."""
    client = locks.lock_client(session, client_id)
    if client is None:
        raise CommandRefused(f"there is no client {client_id}")
    session.execute(sa.update(Client).where(Client.id == client_id).values(disabled_at=sql_now()))
    add_ending(session, Ending, "client.disabled", client_id=client_id)
    revoke_tokens(session, client)


def note_client_change(
    session: Session,
    client: Client,
    scopes: Sequence[str],
    *,
    disabled: bool,
    has_new_secret: bool = False,
) -> None:
    """Journal what a change of a locked client ends or enables; called before the change."""
    if set(client.scopes) - set(scopes):
        add_ending(session, Ending, "client.scopes-reduced", client_id=client.id, scopes=list(scopes))
    if has_new_secret:
        add_ending(session, Ending, "client.secret-replaced", client_id=client.id)
    if bool(client.disabled_at) != disabled:
        name = "client.disabled" if disabled else "client.enabled"
        add_ending(session, Ending, name, client_id=client.id)


def revoke_tokens(session: Session, client: Client) -> None:
    """End the tokens of a client whose row is locked."""
    session.execute(sa.update(Client).where(Client.id == client.id).values(tokens_ended_at=sql_now()))
    publish_disabled_account(session, client.id)


def generate_secret() -> str:
    """Return a client secret of 256 random bits."""
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """Return the hash by which a secret is stored."""
    # A secret is random, so one SHA-256 is enough.
    return hashlib.sha256(secret.encode()).hexdigest()


def authenticate_client(
    session: Session, pepper: bytes, client_id: str, secret: str, source: str
) -> Client | None:
    """Return the client with that id and secret, or None for a failure, whose count the caller commits.

    Raises TooManyAttempts.
    """
    network = find_network(source)
    limits = {
        derive_attempt_key(pepper, "client", client_id, network): (
            PER_SERVICE if client_id in SERVICE_SCOPES else PER_CLIENT
        ),
        derive_attempt_key(pepper, "client", network): PER_NETWORK,
    }
    counted = reserve_attempt(session, FailedAttempt, limits)
    is_plain = client_id.isascii() and client_id.isprintable()
    client = store.lock_enabled_client(session, client_id) if is_plain else None
    stored_hash = client.secret_hash if client else UNMATCHED_HASH
    if not hmac.compare_digest(stored_hash, hash_secret(secret)):
        log.info("client.refused")
        return None
    cancel_attempt(session, FailedAttempt, counted)
    return client
