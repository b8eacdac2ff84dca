"""Registrations and password resets: asking for a code, following up, and using the code."""

import uuid
from typing import Any

import svcs
from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from services.auth import schemas
from services.auth.actions import accounts, codes
from services.auth.actions.passwords import Hasher
from services.auth.models import IdempotencyKey
from services.auth.settings import Pepper, Settings
from services.kit.attempts import attempt_key
from services.kit.http.idempotency import IdempotentCall, idempotent
from services.kit.http.server import Blueprint

blueprint = Blueprint("registrations", __name__, url_prefix="/api/v1/auth")


def _source() -> str:
    return f"anyone at {request.remote_addr or ''}"


def _hash_fields(given: dict[str, Any]) -> dict[str, str]:
    # The fingerprint of the stored reply must not tell who registered.
    birth_date = str(given["birth_date_jalali"])
    words = ("registration", given["national_code"], birth_date, given["mobile"])
    return {"fields": attempt_key(svcs.flask.get(Pepper), *words)}


@blueprint.route("/registrations", methods=["POST"])
@blueprint.arguments(schemas.RegistrationIn)
@blueprint.response(202, schemas.RegistrationOut)
@idempotent(IdempotencyKey, caller_name=_source, fields=_hash_fields)
def create_registration(given: dict[str, Any], call: IdempotentCall) -> ResponseReturnValue:
    """Register; a code goes out only if person, birth date and mobile match, and the reply never tells"""
    pepper, settings = svcs.flask.get(Pepper, Settings)
    national_code, birth_date, mobile = given["national_code"], given["birth_date_jalali"], given["mobile"]
    with call.transaction() as session:
        codes.count_asking(session, pepper, request.remote_addr or "", settings.code_requests_per_network)
        asked = codes.ask_registration(session, national_code, birth_date, mobile)
        reply = {"registration_id": asked.id, "expires_at": asked.expires_at}
        return call.reply(schemas.RegistrationOut().dump(reply), 202)


@blueprint.route("/registrations/<uuid:registration_id>")
@blueprint.response(200, schemas.RegistrationStatusOut)
def follow_registration_up(registration_id: uuid.UUID) -> dict[str, str]:
    """How a registration stands"""
    session = svcs.flask.get(Session)
    with session.begin():
        return {"status": codes.follow_up(session, registration_id)}


@blueprint.route("/registrations/<uuid:registration_id>/activation", methods=["POST"])
@blueprint.arguments(schemas.ActivationIn)
@blueprint.response(201, schemas.StatusOut)
def activate(given: dict[str, Any], registration_id: uuid.UUID) -> dict[str, str]:
    """Open the account with the code and a password"""
    session, hasher, pepper = svcs.flask.get(Session, Hasher, Pepper)
    accounts.activate(session, hasher, pepper, registration_id, given["activation_code"], given["password"])
    return {"status": "activated"}


@blueprint.route("/password-resets", methods=["POST"])
@blueprint.arguments(schemas.PasswordResetIn)
@blueprint.response(202, schemas.PasswordResetOut)
def create_password_reset(given: dict[str, Any]) -> dict[str, Any]:
    """Ask for a new password; a code goes to the mobile on file if there is one"""
    session, pepper, settings = svcs.flask.get(Session, Pepper, Settings)
    with session.begin():
        codes.count_asking(session, pepper, request.remote_addr or "", settings.code_requests_per_network)
        asked = codes.ask_password_reset(session, given["national_code"], given["birth_date_jalali"])
    return {"reset_id": asked.id, "expires_at": asked.expires_at}


@blueprint.route("/password-resets/<uuid:reset_id>/completion", methods=["POST"])
@blueprint.arguments(schemas.PasswordResetCompletionIn)
@blueprint.response(200, schemas.StatusOut)
def complete_password_reset(given: dict[str, Any], reset_id: uuid.UUID) -> dict[str, str]:
    """Set the new password with the code; every session ends"""
    session, hasher, pepper = svcs.flask.get(Session, Hasher, Pepper)
    accounts.reset_password(session, hasher, pepper, reset_id, given["reset_code"], given["password"])
    return {"status": "password-changed"}
