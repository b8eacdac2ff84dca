"""Access tokens: what they say for each role, and the one place where they are signed."""

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
from services.auth.models import Client, Institution, RefreshFamily, Role, Staff
from services.kit.db import database_time
from services.kit.problems import TokenInvalid, Unavailable

log = structlog.get_logger()

ACCESS_SECONDS = 600
PEOPLE = ["auth", "records", "disclosure", "inquiry"]
INSTITUTION_SCOPES = ["inquiry:inquire", "inquiry:report"]


class Signer:
    """Signs with the key that the database names, read from its file once."""

    def __init__(self, keys_directory: Path, issuer: str) -> None:
        self._directory = keys_directory
        self._issuer = issuer
        self._private: dict[str, Ed25519PrivateKey] = {}

    def sign(self, session: Session, claims: dict[str, Any]) -> str:
        """A token that lives ten minutes. Raises Unavailable when there is no key to sign with."""
        kid = store.signing_kid(session)
        if kid is None:
            raise Unavailable
        if kid not in self._private:
            self._private[kid] = self._load(kid)
        # By the same clock as the end of accounts, and as exact: a token is older than such an end, or not.
        now = database_time(session).timestamp()
        body = {"iss": self._issuer, "iat": now, "exp": now + ACCESS_SECONDS, "jti": uuid.uuid4().hex}
        return jwt.encode(body | claims, self._private[kid], algorithm="EdDSA", headers={"kid": kid})

    def _load(self, kid: str) -> Ed25519PrivateKey:
        try:
            return load_private_key(self._directory, kid)
        except CommandRefused as error:
            log.exception("signing-key.unreadable", kid=kid)
            raise Unavailable from error


def session_token(session: Session, signer: Signer, family: RefreshFamily) -> str:
    """The access token of a session. Raises TokenInvalid when its holder was disabled."""
    claims: dict[str, Any] = {"sub": str(family.subject), "role": family.role.value, "sid": str(family.id)}
    if family.role is Role.CITIZEN:
        return signer.sign(session, claims | {"aud": PEOPLE, "scope": "self"})
    staff = session.get_one(Staff, family.subject, populate_existing=True)
    if staff.disabled_at:
        raise TokenInvalid
    claims["scope"] = " ".join(staff.scopes)
    if staff.institution_id is None:
        return signer.sign(session, claims | {"aud": PEOPLE})
    return signer.sign(session, claims | _for_institution(session, staff.institution_id))


def client_token(session: Session, signer: Signer, client: Client, scopes: Iterable[str]) -> str:
    """The access token of a program; its scopes have one audience, see `audience_of`."""
    claims: dict[str, Any] = {"sub": client.id, "scope": " ".join(scopes)}
    if client.institution_id is None:
        return signer.sign(session, claims | {"role": "service", "aud": [audience_of(scopes)]})
    claims["role"] = Role.INSTITUTION.value
    return signer.sign(session, claims | _for_institution(session, client.institution_id))


def _for_institution(session: Session, institution_id: uuid.UUID) -> dict[str, Any]:
    institution = store.institution(session, institution_id)
    if not isinstance(institution, Institution):
        raise TokenInvalid
    return {"aud": ["inquiry"], "name": institution.name, "institution_id": str(institution.id)}


def audience_of(scopes: Iterable[str]) -> str | None:
    """The one service that all scopes belong to: the part before the colon; None when there are several."""
    services = {scope.partition(":")[0] for scope in scopes}
    return services.pop() if len(services) == 1 else None
