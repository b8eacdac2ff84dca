"""Passkeys (WebAuthn): adding one, and signing in with one. py_webauthn verifies what authenticators send.

An authenticator verifies its user, so a passkey replaces the password and the second factor together.
Challenges are stored here, and each is used once. All failures of a sign-in have one reply.
"""

import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
import webauthn
from sqlalchemy.orm import Session
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from services.auth.actions import devices, limits
from services.auth.actions.browsers import describe_browser
from services.auth.actions.enrolments import add_request
from services.auth.actions.grants import Grant, start_session
from services.auth.actions.security_notices import add_bounded_notice
from services.auth.actions.staff import SESSION_ROLES, is_admitted
from services.auth.actions.tokens import Signer
from services.auth.errors import CredentialsNotAccepted
from services.auth.models import (
    Account,
    Ending,
    FactorRequest,
    FactorRequestKind,
    FailedAttempt,
    Passkey,
    Role,
    SecurityNoticeKind,
    Staff,
)
from services.auth.store.users import find_number
from services.kit.attempts import Limit, cancel_attempt, derive_attempt_key, reserve_attempt
from services.kit.db import Sessions, read_database_time, sql_now
from services.kit.endings import add_ending
from services.kit.network import find_network

CHALLENGE_BYTES = 32
NAME = "Govah"
LOOPBACK = frozenset({"127.0.0.1", "::1"})
LOCALHOST = "localhost"
HOUR = 3600


@dataclass(frozen=True)
class Site:
    """The web address whose pages may use passkeys."""

    origin: str
    domain: str

    @classmethod
    def from_url(cls, public_url: str) -> "Site":
        """Return the site of a public address; browsers know the loopback address as localhost only."""
        parts = urlsplit(public_url)
        domain, netloc = parts.hostname or "", parts.netloc
        if domain in LOOPBACK:
            domain, netloc = LOCALHOST, LOCALHOST if parts.port is None else f"{LOCALHOST}:{parts.port}"
        return cls(f"{parts.scheme}://{netloc}", domain)


@dataclass(frozen=True)
class PasskeyAttempt:
    """An answer of an authenticator to a sign-in, and who sent it."""

    request_id: uuid.UUID
    credential: Mapping[str, Any]
    source: str
    device_token: str
    user_agent: str


def request_passkey(
    session: Session, site: Site, holder: Account | Staff
) -> tuple[FactorRequest, dict[str, Any]]:
    """Return a request for a new passkey, and the browser's `PublicKeyCredentialCreationOptions`."""
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    user = find_number(holder) if isinstance(holder, Account) else holder.username
    existing = session.scalars(sa.select(Passkey.credential_id).where(Passkey.owner_id == holder.id))
    options = webauthn.generate_registration_options(
        rp_id=site.domain,
        rp_name=NAME,
        user_name=user,
        user_id=holder.id.bytes,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=credential_id) for credential_id in existing],
    )
    request = add_request(session, FactorRequestKind.PASSKEY, challenge, holder.id)
    return request, json.loads(webauthn.options_to_json(options))


def add_passkey(
    session: Session,
    site: Site,
    holder: Account | Staff,
    request: FactorRequest,
    credential: Mapping[str, Any],
    name: str,
) -> bool:
    """Return whether an answer fits its request, which is used up; the passkey is stored then."""
    session.delete(request)
    try:
        verified = webauthn.verify_registration_response(
            credential=dict(credential),
            expected_challenge=request.secret,
            expected_rp_id=site.domain,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return False
    is_taken = sa.select(Passkey.id).where(Passkey.credential_id == verified.credential_id)
    if session.scalars(is_taken).first():
        return False
    session.add(
        Passkey(
            owner_id=holder.id,
            is_staff=isinstance(holder, Staff),
            credential_id=verified.credential_id,
            public_key=verified.credential_public_key,
            sign_count=verified.sign_count,
            name=name,
        )
    )
    session.flush()
    add_ending(session, Ending, "factor.added", owner_id=holder.id, replaces="")
    return True


def request_sign_in(
    session: Session, pepper: bytes, site: Site, source: str, limit_per_hour: int
) -> tuple[FactorRequest, dict[str, Any]]:
    """Return a request for a sign-in, and the browser's `PublicKeyCredentialRequestOptions`.

    Raises TooManyAttempts past `limit_per_hour` of a network.
    """
    key = derive_attempt_key(pepper, "passkey-asking", find_network(source))
    reserve_attempt(session, FailedAttempt, {key: (Limit(limit_per_hour, HOUR),)})
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    options = webauthn.generate_authentication_options(
        rp_id=site.domain, challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
    )
    request = add_request(session, FactorRequestKind.SIGN_IN, challenge, None)
    return request, json.loads(webauthn.options_to_json(options))


def sign_in_with_passkey(
    sessions: Sessions, signer: Signer, pepper: bytes, site: Site, attempt: PasskeyAttempt
) -> Grant:
    """Return the tokens of a new session. Raises CredentialsNotAccepted, TooManyAttempts."""
    network = limits.build_network_key(pepper, attempt.source)
    with sessions.begin() as session:
        counted = reserve_attempt(session, FailedAttempt, {network: limits.PER_NETWORK})
        challenge = _use_request(session, attempt.request_id)
    # The challenge is used up in any case: a failure does not bring it back.
    with sessions.begin() as session:
        holder = _verify_answer(session, site, challenge, attempt.credential)
        device = devices.find_device(session, holder, attempt.device_token)
        if device is None and isinstance(holder, Account):
            add_bounded_notice(session, pepper, SecurityNoticeKind.NEW_SIGN_IN, holder.id)
        cancel_attempt(session, FailedAttempt, counted)
        browser = describe_browser(attempt.user_agent)
        return start_session(session, signer, holder, _find_role(holder), device, browser)


def _use_request(session: Session, request_id: uuid.UUID) -> bytes | None:
    return session.scalars(
        sa.delete(FactorRequest)
        .where(
            FactorRequest.id == request_id,
            FactorRequest.kind == FactorRequestKind.SIGN_IN,
            FactorRequest.expires_at > sql_now(),
        )
        .returning(FactorRequest.secret)
    ).one_or_none()


def _verify_answer(
    session: Session, site: Site, challenge: bytes | None, credential: Mapping[str, Any]
) -> Account | Staff:
    """Return whose passkey answers the challenge. Raises CredentialsNotAccepted."""
    try:
        credential_id = base64url_to_bytes(str(credential["id"]))
        passkey = session.scalars(
            sa.select(Passkey).where(Passkey.credential_id == credential_id).with_for_update()
        ).one_or_none()
        if passkey is None or challenge is None:
            raise CredentialsNotAccepted
        verified = webauthn.verify_authentication_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=site.domain,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise CredentialsNotAccepted from error
    passkey.sign_count, passkey.last_used_at = verified.new_sign_count, read_database_time(session)
    session.flush()
    holder: Account | Staff | None
    holder = (
        session.get(Staff, passkey.owner_id) if passkey.is_staff else session.get(Account, passkey.owner_id)
    )
    is_away = isinstance(holder, Staff) and not is_admitted(session, holder, read_database_time(session))
    if holder is None or is_away:
        raise CredentialsNotAccepted
    return holder


def _find_role(holder: Account | Staff) -> Role:
    if isinstance(holder, Account):
        return Role.CITIZEN
    return SESSION_ROLES[holder.role]
