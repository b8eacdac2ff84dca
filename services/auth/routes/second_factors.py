"""The second factors of the caller, and signing in with a passkey."""

import uuid
from typing import Any

import svcs
from flask import request

from services.auth import schemas
from services.auth.actions import enrolments, own_accounts, passkeys, recovery_codes
from services.auth.actions.confirmations import confirm_password
from services.auth.actions.grants import Grant
from services.auth.actions.passkeys import PasskeyAttempt, Site
from services.auth.actions.passwords import Hasher
from services.auth.actions.tokens import Signer
from services.auth.errors import PasskeyNotAccepted, SecondFactorCodeWrong
from services.auth.models import Account, FactorRequestKind, Staff
from services.auth.settings import Pepper, Settings
from services.kit.db import Sessions
from services.kit.http.access import get_caller
from services.kit.http.server import Blueprint
from services.kit.problems import NotFound

blueprint = Blueprint("second_factors", __name__, url_prefix="/api/v1/auth")


def _confirm(password: str) -> Account | Staff:
    sessions, hasher, pepper = svcs.flask.get(Sessions, Hasher, Pepper)
    return confirm_password(sessions, hasher, pepper, get_caller(), password, request.remote_addr or "")


def _get_site() -> Site:
    return Site.from_url(svcs.flask.get(Settings).public_url)


@blueprint.route("/me/second-factors", methods=["POST"])
@blueprint.arguments(schemas.NewFactor)
@blueprint.response(201, schemas.FactorRequest)
def request_factor(fields: dict[str, Any]) -> dict[str, Any]:
    """Begin to add a second factor: return a secret for an authenticator, or options for a passkey."""
    sessions, pepper = svcs.flask.get(Sessions, Pepper)
    holder = _confirm(fields["password"])
    with sessions.begin() as session:
        if fields["kind"] == FactorRequestKind.TOTP:
            return vars(enrolments.request_totp(session, pepper, holder)) | {"kind": fields["kind"]}
        pending, options = passkeys.request_passkey(session, _get_site(), holder)
        return {
            "id": pending.id,
            "kind": pending.kind,
            "expires_at": pending.expires_at,
            "options": options,
        }


@blueprint.route("/me/second-factors/<uuid:factor_id>/confirmation", methods=["POST"])
@blueprint.arguments(schemas.FactorConfirmation)
@blueprint.response(200, schemas.ConfirmedFactor)
def confirm_factor(fields: dict[str, Any], factor_id: uuid.UUID) -> dict[str, Any]:
    """Add the second factor with its first code, or with the browser's answer."""
    sessions, pepper = svcs.flask.get(Sessions, Pepper)
    caller = get_caller()
    with sessions.begin() as session:
        enrolments.require_own_request(session, factor_id, caller.person_id)
        holder = enrolments.lock_holder(session, own_accounts.find_holder(session, caller))
        pending = enrolments.lock_request(session, factor_id)
        is_totp = pending.kind == FactorRequestKind.TOTP
        if is_totp != ("code" in fields):
            raise NotFound
        if is_totp:
            is_right = enrolments.confirm_totp(session, pepper, holder, pending, fields["code"])
        else:
            is_right = passkeys.add_passkey(
                session, _get_site(), holder, pending, fields["credential"], fields["name"]
            )
        codes = enrolments.finish_enrolment(session, pepper, holder, caller.session_id) if is_right else []
    # Raised after the commit that uses the request of a passkey up.
    if not is_right:
        raise SecondFactorCodeWrong if is_totp else PasskeyNotAccepted
    return {"recovery_codes": codes}


@blueprint.route("/me/second-factors/<uuid:factor_id>", methods=["DELETE"])
@blueprint.arguments(schemas.PasswordConfirmation)
@blueprint.response(204)
def remove_factor(fields: dict[str, Any], factor_id: uuid.UUID) -> None:
    """Remove a second factor."""
    sessions, pepper = svcs.flask.get(Sessions, Pepper)
    with sessions() as session:
        enrolments.require_own_factor(session, get_caller().person_id, factor_id)
    holder = _confirm(fields["password"])
    with sessions.begin() as session:
        enrolments.remove_factor(session, pepper, enrolments.lock_holder(session, holder), factor_id)


@blueprint.route("/me/recovery-codes", methods=["POST"])
@blueprint.arguments(schemas.PasswordConfirmation)
@blueprint.response(200, schemas.RecoveryCodes)
def replace_recovery_codes(fields: dict[str, Any]) -> dict[str, Any]:
    """Return new recovery codes; the earlier ones are invalid."""
    sessions, pepper = svcs.flask.get(Sessions, Pepper)
    holder = _confirm(fields["password"])
    with sessions.begin() as session:
        current = enrolments.lock_holder(session, holder)
        if not enrolments.list_factors(session, current):
            raise NotFound
        return {"recovery_codes": recovery_codes.replace_recovery_codes(session, pepper, current.id)}


@blueprint.route("/sessions/passkey-options", methods=["POST"])
@blueprint.response(201, schemas.PasskeyRequest)
def request_passkey_sign_in() -> dict[str, Any]:
    """Return a challenge for a sign-in with a passkey; it is valid once."""
    sessions, pepper, settings = svcs.flask.get(Sessions, Pepper, Settings)
    with sessions.begin() as session:
        pending, options = passkeys.request_sign_in(
            session, pepper, _get_site(), request.remote_addr or "", settings.code_requests_per_network
        )
        return {"id": pending.id, "expires_at": pending.expires_at, "options": options}


@blueprint.route("/sessions/passkey", methods=["POST"])
@blueprint.arguments(schemas.PasskeySession)
@blueprint.response(200, schemas.StartedSession)
def sign_in_with_passkey(fields: dict[str, Any]) -> Grant:
    """Sign in with a passkey instead of a password."""
    sessions, signer, pepper = svcs.flask.get(Sessions, Signer, Pepper)
    attempt = PasskeyAttempt(
        request_id=fields["request_id"],
        credential=fields["credential"],
        source=request.remote_addr or "",
        device_token=fields.get("device_token") or "",
        user_agent=request.user_agent.string,
    )
    return passkeys.sign_in_with_passkey(sessions, signer, pepper, _get_site(), attempt)
