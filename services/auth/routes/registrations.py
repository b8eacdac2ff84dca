"""Registrations and password resets: requests for a code, their status, and the use of the code."""

import uuid
from typing import Any

import svcs
from flask import request
from flask.typing import ResponseReturnValue

from services.auth import schemas
from services.auth.actions import accounts, codes
from services.auth.actions.passwords import Hasher
from services.auth.models import IdempotencyKey
from services.auth.settings import Pepper, Settings
from services.kit.attempts import derive_attempt_key
from services.kit.db import Sessions
from services.kit.http.idempotency import IdempotentCall, idempotent
from services.kit.http.server import Blueprint

blueprint = Blueprint("registrations", __name__, url_prefix="/api/v1/auth")


def _name_caller() -> str:
    return f"anyone at {request.remote_addr or ''}"


def _hash_fields(fields: dict[str, Any]) -> dict[str, str]:
    # A keyed hash: the fingerprint of the stored reply must not show who registered.
    values = (fields["national_code"], str(fields["birth_date"]), fields["mobile"])
    return {"fields": derive_attempt_key(svcs.flask.get(Pepper), "registration", *values)}


@blueprint.route("/registrations", methods=["POST"])
@blueprint.arguments(schemas.NewRegistration)
@blueprint.response(202, schemas.Registration)
@idempotent(IdempotencyKey, caller_name=_name_caller, fields=_hash_fields)
def create_registration(fields: dict[str, Any], call: IdempotentCall) -> ResponseReturnValue:
    """Register; a code goes out only if the data match, and the reply is always the same."""
    pepper, settings = svcs.flask.get(Pepper, Settings)
    source = request.remote_addr or ""
    with call.transaction() as session:
        codes.count_code_request(session, pepper, source, settings.code_requests_per_network)
        registration = codes.create_registration(
            session, fields["national_code"], fields["birth_date"], fields["mobile"]
        )
        reply = {
            "registration_id": registration.id,
            "tracking_number": registration.tracking_number,
            "expires_at": registration.expires_at,
        }
        return call.build_reply(schemas.Registration().dump(reply), 202)


@blueprint.route("/registrations/<string:registration_id>")
@blueprint.response(200, schemas.RegistrationStatus)
def get_registration(registration_id: str) -> dict[str, str]:
    """Return the status of a registration, by its id or its tracking number."""
    with svcs.flask.get(Sessions)() as session:
        identity = codes.find_registration_id(session, registration_id)
        return {"status": codes.get_registration_status(session, identity)}


@blueprint.route("/registrations/<string:registration_id>/activation", methods=["POST"])
@blueprint.arguments(schemas.NewActivation)
@blueprint.response(201, schemas.Status)
def activate_account(fields: dict[str, Any], registration_id: str) -> dict[str, str]:
    """Create the account with the code and a password."""
    sessions, hasher, pepper = svcs.flask.get(Sessions, Hasher, Pepper)
    with sessions() as session:
        identity = codes.find_registration_id(session, registration_id)
    accounts.activate_account(
        sessions, hasher, pepper, identity, fields["activation_code"], fields["password"]
    )
    return {"status": "activated"}


@blueprint.route("/password-resets", methods=["POST"])
@blueprint.arguments(schemas.NewPasswordReset)
@blueprint.response(202, schemas.PasswordReset)
def create_password_reset(fields: dict[str, Any]) -> dict[str, Any]:
    """Request a new password; a code goes to the mobile on file, if there is one."""
    sessions, pepper, settings = svcs.flask.get(Sessions, Pepper, Settings)
    source = request.remote_addr or ""
    with sessions.begin() as session:
        codes.count_code_request(session, pepper, source, settings.code_requests_per_network)
        reset = codes.create_password_reset(
            session, fields.get("national_code"), fields.get("insurance_number"), fields["birth_date"]
        )
    return {"reset_id": reset.id, "expires_at": reset.expires_at}


@blueprint.route("/password-resets/<uuid:reset_id>/completion", methods=["POST"])
@blueprint.arguments(schemas.NewPasswordResetCompletion)
@blueprint.response(200, schemas.Status)
def complete_password_reset(fields: dict[str, Any], reset_id: uuid.UUID) -> dict[str, str]:
    """Set the new password with the code; every session ends."""
    sessions, hasher, pepper = svcs.flask.get(Sessions, Hasher, Pepper)
    totp = fields.get("totp") or ""
    accounts.reset_password(
        sessions, hasher, pepper, reset_id, fields["reset_code"], fields["password"], totp
    )
    return {"status": "password-changed"}
