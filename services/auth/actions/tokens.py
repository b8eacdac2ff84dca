"""Access tokens: their claims for each role, and the one place where they are signed."""

import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.actions.keys import load_private_key
from services.auth.errors import CommandRefused
from services.auth.models import (
    Client,
    Institution,
    RefreshFamily,
    Role,
    Staff,
    StaffRole,
)
from services.kit.db import read_database_time
from services.kit.problems import TokenInvalid, Unavailable

log = structlog.get_logger()

ACCESS_SECONDS = 600
PEOPLE_AUDIENCE = ["auth", "records", "disclosure", "inquiry"]
INSTITUTION_SCOPES = ["inquiry:inquire", "inquiry:report"]
# The only scope of a member of staff who has first to choose a password, or to enrol a second factor.
PASSWORD_SCOPE, ENROLMENT_SCOPE = "choose-password", "enrol"


class Signer:
    """Sign tokens with the key that the database names; each key is read from its file once.

    With `is_second_factor_required`, admins without a second factor can only enrol one.
    """

    def __init__(self, keys_directory: Path, issuer: str, *, is_second_factor_required: bool = True) -> None:
        self._directory = keys_directory
        self._issuer = issuer
        self.is_second_factor_required = is_second_factor_required
        self._private: dict[str, Ed25519PrivateKey] = {}

    def sign(self, session: Session, claims: dict[str, Any]) -> str:
        """Return a token that is valid for ten minutes. Raises Unavailable when there is no signing key."""
        kid = store.find_signing_kid(session)
        if kid is None:
            raise Unavailable
        if kid not in self._private:
            self._private[kid] = self._load(kid)
        # The clock and the precision of the end of accounts: a token is either older or newer than such an
        # end.
        now = read_database_time(session).timestamp()
        body = {"iss": self._issuer, "iat": now, "exp": now + ACCESS_SECONDS, "jti": uuid.uuid4().hex}
        return jwt.encode(body | claims, self._private[kid], algorithm="EdDSA", headers={"kid": kid})

    def _load(self, kid: str) -> Ed25519PrivateKey:
        try:
            return load_private_key(self._directory, kid)
        except CommandRefused as error:
            log.exception("signing-key.unreadable", kid=kid)
            raise Unavailable from error


def sign_session_token(session: Session, signer: Signer, family: RefreshFamily) -> str:
    """Return the access token of a session. Raises TokenInvalid when its holder is disabled."""
    claims: dict[str, Any] = {"sub": str(family.subject), "role": family.role.value, "sid": str(family.id)}
    if family.role is Role.CITIZEN:
        return signer.sign(session, claims | {"aud": PEOPLE_AUDIENCE, "scope": "self"})
    staff = session.get_one(Staff, family.subject, populate_existing=True)
    if staff.disabled_at:
        raise TokenInvalid
    if staff.institution_id:
        claims |= _build_institution_claims(session, staff.institution_id)
    else:
        claims["aud"] = PEOPLE_AUDIENCE
    if first_step := _find_first_step(session, signer, staff):
        return signer.sign(session, claims | {"scope": first_step})
    if staff.is_manager:
        claims["manager"] = True
    return signer.sign(session, claims | {"scope": " ".join(staff.scopes)})


def _find_first_step(session: Session, signer: Signer, staff: Staff) -> str | None:
    """Return the scope of someone with a one-time password, or of an admin without a second factor."""
    if staff.password_expires_at:
        return PASSWORD_SCOPE
    if staff.role is not StaffRole.ADMIN or not signer.is_second_factor_required:
        return None
    return None if store.list_owners_with_factors(session, [staff.id]) else ENROLMENT_SCOPE


def sign_client_token(session: Session, signer: Signer, client: Client, scopes: Iterable[str]) -> str:
    """Return the access token of a program; its scopes have one audience, see `find_audience`."""
    claims: dict[str, Any] = {"sub": client.id, "scope": " ".join(scopes)}
    if client.institution_id is None:
        return signer.sign(session, claims | {"role": "service", "aud": [find_audience(scopes)]})
    claims["role"] = Role.INSTITUTION.value
    return signer.sign(session, claims | _build_institution_claims(session, client.institution_id))


def _build_institution_claims(session: Session, institution_id: uuid.UUID) -> dict[str, Any]:
    institution = store.find_institution(session, institution_id)
    if not isinstance(institution, Institution) or institution.disabled_at:
        raise TokenInvalid
    return {"aud": ["inquiry"], "name": institution.name, "institution_id": str(institution.id)}


def select_scopes(client: Client, requested: str | None) -> list[str] | None:
    """Return the requested scopes, by default all; None for a foreign one or several audiences."""
    scopes = list(dict.fromkeys(requested.split() if requested else client.scopes))
    return scopes if set(scopes) <= set(client.scopes) and find_audience(scopes) else None


def find_audience(scopes: Iterable[str]) -> str | None:
    """Return the service that all scopes belong to, the part before the colon; None for several services."""
    services = {scope.partition(":")[0] for scope in scopes}
    return services.pop() if len(services) == 1 else None
