"""Officers, institutions, clerks and clients, as `commands.py` keeps them.

Every `ensure` brings about what it names and may be called again; every `add` refuses what is there.
"""

import hashlib
import re
import secrets
import uuid
from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.actions import devices, families
from services.auth.actions.endings import announce_account
from services.auth.actions.tokens import INSTITUTION_SCOPES
from services.auth.errors import CommandRefused
from services.auth.models import Client, Institution, Outbox, Staff, StaffRole
from services.kit.db import sql_now
from services.kit.outbox import add_event
from services.kit.text import normalise_text

OFFICER_SCOPES = ("lists", "objections", "helpdesk", "audit")
# docs/internal.md: which service calls which, and what for.
SERVICE_SCOPES: Mapping[str, Sequence[str]] = {
    "auth": ["records:match-person", "disclosure:events", "inquiry:events"],
    "records": ["auth:events"],
    "disclosure": ["auth:events", "records:events", "inquiry:events"],
    "inquiry": ["auth:events", "disclosure:events"],
    "pdfworker": ["disclosure:render"],
}
USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,63}")
MIN_SECRET = 32
# inquiry limits failures per client, so an institution with many could guess more.
MAX_CLIENTS = 20


def add_institution(session: Session, name: str) -> Institution:
    """A new institution. Raises CommandRefused when the name is taken or is no name."""
    return ensure_institution(session, uuid.uuid4(), name)


def ensure_institution(session: Session, institution_id: uuid.UUID, name: str) -> Institution:
    """The institution of that id and name. Raises CommandRefused when one of the two is another's."""
    shown = normalise_text(name)
    if not 0 < len(shown) <= 100:
        raise CommandRefused("an institution's name has 1 to 100 characters")
    known = session.scalars(
        sa.select(Institution).where(sa.or_(Institution.id == institution_id, Institution.name == shown))
    ).all()
    if not known:
        institution = Institution(id=institution_id, name=shown)
        session.add(institution)
        session.flush()
        add_event(
            session,
            Outbox,
            "institution.added",
            data={"institution_id": str(institution_id), "name": shown},
        )
        return institution
    if len(known) > 1 or (known[0].id, known[0].name) != (institution_id, shown):
        raise CommandRefused("that id or that name belongs to another institution; see: institutions list")
    return known[0]


def ensure_officer(
    session: Session, username: str, scopes: Sequence[str], password_hash: str | None
) -> Staff:
    """An officer with exactly these scopes; a password hash of None leaves the password.

    Raises CommandRefused.
    """
    unknown = set(scopes) - set(OFFICER_SCOPES)
    if unknown or not scopes:
        raise CommandRefused(f"an officer's scopes are some of: {', '.join(OFFICER_SCOPES)}")
    return _ensure_staff(session, username, StaffRole.OFFICER, None, sorted(set(scopes)), password_hash)


def ensure_clerk(
    session: Session, username: str, institution_id: uuid.UUID, password_hash: str | None
) -> Staff:
    """A clerk of an institution; a password hash of None leaves the password. Raises CommandRefused."""
    _known_institution(session, institution_id)
    return _ensure_staff(
        session, username, StaffRole.CLERK, institution_id, INSTITUTION_SCOPES, password_hash
    )


def _ensure_staff(
    session: Session,
    username: str,
    role: StaffRole,
    institution_id: uuid.UUID | None,
    scopes: Sequence[str],
    password_hash: str | None,
) -> Staff:
    if not USERNAME.fullmatch(username):
        raise CommandRefused("a user name has 3 to 64 of a-z 0-9 . _ - and begins with a letter or digit")
    staff = store.staff_by_username(session, username)
    if staff is None:
        if password_hash is None:
            raise CommandRefused(f"{username} needs a password")
        staff = Staff(
            username=username,
            role=role,
            institution_id=institution_id,
            password_hash=password_hash,
            scopes=list(scopes),
        )
        session.add(staff)
        session.flush()
    elif (staff.role, staff.institution_id) != (role, institution_id):
        raise CommandRefused(f"the user name {username} belongs to somebody else")
    else:
        _change_staff(session, staff, scopes, password_hash)
    return staff


def _change_staff(session: Session, staff: Staff, scopes: Sequence[str], password_hash: str | None) -> None:
    session.refresh(staff, with_for_update=True)
    lost = set(staff.scopes) - set(scopes)
    staff.scopes = list(scopes)
    staff.disabled_at = None
    if password_hash:
        staff.password_hash = password_hash
    session.flush()
    # Tokens go on telling the scopes that they were issued with.
    if lost:
        families.end_all(session, staff.id, "scopes-reduced")
    if password_hash:
        devices.forget_devices(session, staff.id)
        families.end_all(session, staff.id, "password-reset")


def refuse_taken(session: Session, username: str) -> None:
    """Raise CommandRefused when somebody has that user name."""
    if store.staff_by_username(session, username):
        raise CommandRefused(f"the user name {username} is taken")


def find_staff(session: Session, username: str, role: StaffRole) -> Staff:
    """The officer or clerk of that name. Raises CommandRefused when there is none."""
    staff = store.staff_by_username(session, username)
    if staff is None or staff.role is not role:
        raise CommandRefused(f"there is no {role.value} {username}")
    return staff


def disable_staff(session: Session, username: str, role: StaffRole) -> None:
    """Let somebody sign in no more, and end their sessions. Raises CommandRefused."""
    staff = find_staff(session, username, role)
    session.refresh(staff, with_for_update=True)
    session.execute(sa.update(Staff).where(Staff.id == staff.id).values(disabled_at=sql_now()))
    families.end_all(session, staff.id, "disabled")
    announce_account(session, staff.id)


def add_client(session: Session, client_id: str, institution_id: uuid.UUID, secret: str) -> Client:
    """A new client of an institution's system. Raises CommandRefused when the id is taken."""
    if session.get(Client, client_id):
        raise CommandRefused(f"the client id {client_id} is taken")
    return ensure_client(session, client_id, institution_id, secret)


def ensure_client(session: Session, client_id: str, institution_id: uuid.UUID, secret: str) -> Client:
    """The client of an institution's system, with that secret. Raises CommandRefused."""
    _known_institution(session, institution_id)
    return _ensure_client(session, client_id, institution_id, INSTITUTION_SCOPES, secret)


def ensure_service(session: Session, name: str, secret: str) -> Client:
    """The client of one of our services, with the scopes of `SERVICE_SCOPES`. Raises CommandRefused."""
    return _ensure_client(session, name, None, SERVICE_SCOPES[name], secret)


def _ensure_client(
    session: Session, client_id: str, institution_id: uuid.UUID | None, scopes: Sequence[str], secret: str
) -> Client:
    if not USERNAME.fullmatch(client_id):
        raise CommandRefused("a client id has 3 to 64 of a-z 0-9 . _ - and begins with a letter or digit")
    if len(secret) < MIN_SECRET:
        raise CommandRefused(f"the secret of {client_id} is shorter than {MIN_SECRET} characters")
    secret_hash = hash_secret(secret)
    client = _hold_client(session, client_id)
    if institution_id and (client is None or client.disabled_at):
        _refuse_too_many(session, institution_id)
    if client is None:
        client = Client(
            id=client_id, institution_id=institution_id, scopes=list(scopes), secret_hash=secret_hash
        )
        session.add(client)
        session.flush()
        return client
    if client.institution_id != institution_id:
        raise CommandRefused(f"the client id {client_id} belongs to somebody else")
    is_less = client.secret_hash != secret_hash or bool(set(client.scopes) - set(scopes))
    client.scopes = list(scopes)
    client.secret_hash = secret_hash
    client.disabled_at = None
    session.flush()
    if is_less:
        _end_tokens(session, client)
    return client


def _refuse_too_many(session: Session, institution_id: uuid.UUID) -> None:
    if store.count_live_clients(session, institution_id) >= MAX_CLIENTS:
        raise CommandRefused(
            f"the institution has {MAX_CLIENTS} enabled clients, the most there may be; "
            "disable one first: clients disable ID"
        )


def disable_client(session: Session, client_id: str) -> None:
    """Give a client no more tokens, and end those that it has. Raises CommandRefused."""
    client = _hold_client(session, client_id)
    if client is None:
        raise CommandRefused(f"there is no client {client_id}")
    session.execute(sa.update(Client).where(Client.id == client_id).values(disabled_at=sql_now()))
    _end_tokens(session, client)


def _hold_client(session: Session, client_id: str) -> Client | None:
    return session.get(Client, client_id, with_for_update=True, populate_existing=True)


def _end_tokens(session: Session, client: Client) -> None:
    session.execute(sa.update(Client).where(Client.id == client.id).values(tokens_ended_at=sql_now()))
    announce_account(session, client.id)


def new_secret() -> str:
    """A client secret of 256 random bits."""
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """How a client's secret is kept: it is random, so one SHA-256 does."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _known_institution(session: Session, institution_id: uuid.UUID) -> None:
    if store.institution(session, institution_id) is None:
        raise CommandRefused(f"there is no institution {institution_id}; see: institutions list")
