"""A signed-in person's own password and mobile."""

from typing import Any

import svcs
from flask import request

from services.auth import schemas
from services.auth.actions import accounts, mobiles
from services.auth.actions.passwords import Hasher
from services.auth.errors import MobileCodeWrong, ReversalCodeWrong
from services.auth.models import CodeRequest
from services.auth.settings import Pepper, Settings
from services.kit.db import Sessions
from services.kit.http.access import get_caller
from services.kit.http.server import Blueprint

blueprint = Blueprint("account", __name__, url_prefix="/api/v1/auth")


@blueprint.route("/password", methods=["POST"])
@blueprint.arguments(schemas.PasswordChange)
@blueprint.response(204)
def change_password(fields: dict[str, Any]) -> None:
    """Change the password; every other session ends."""
    sessions, hasher, pepper = svcs.flask.get(Sessions, Hasher, Pepper)
    accounts.change_password(
        sessions,
        hasher,
        pepper,
        get_caller(),
        fields["old_password"],
        fields["new_password"],
        request.remote_addr or "",
    )


@blueprint.route("/mobile", methods=["POST"])
@blueprint.arguments(schemas.MobileChange)
@blueprint.response(202, schemas.SentCode)
def request_mobile_change(fields: dict[str, Any]) -> CodeRequest:
    """Request a code to another mobile for the caller's account."""
    sessions, hasher, pepper, settings = svcs.flask.get(Sessions, Hasher, Pepper, Settings)
    return accounts.request_mobile_change(
        sessions,
        hasher,
        pepper,
        get_caller(),
        fields["mobile"],
        fields["password"],
        request.remote_addr or "",
        settings.code_requests_per_network,
    )


@blueprint.route("/mobile/confirmation", methods=["POST"])
@blueprint.arguments(schemas.NewMobileConfirmation)
@blueprint.response(204)
def confirm_mobile_change(fields: dict[str, Any]) -> None:
    """Confirm the new mobile with the code."""
    sessions, pepper = svcs.flask.get(Sessions, Pepper)
    with sessions.begin() as session:
        is_right = accounts.confirm_mobile_change(session, pepper, get_caller(), fields["code"])
    # Raised after the commit that counts the try.
    if not is_right:
        raise MobileCodeWrong


@blueprint.route("/mobile/reversal", methods=["POST"])
@blueprint.arguments(schemas.NewMobileReversal)
@blueprint.response(200, schemas.Status)
def reverse_mobile_change(fields: dict[str, Any]) -> dict[str, str]:
    """Reverse a change of mobile with the code that the old mobile got."""
    sessions, hasher, pepper = svcs.flask.get(Sessions, Hasher, Pepper)
    source = request.remote_addr or ""
    with sessions.begin() as session:
        is_reversed = mobiles.reverse_mobile_change(session, hasher, pepper, fields["code"], source)
    # Raised after the commit that counts the failure.
    if not is_reversed:
        raise ReversalCodeWrong
    return {"status": "reversed"}
