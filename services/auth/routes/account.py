"""A signed-in person's own password and mobile."""

from typing import Any

import svcs
from flask import request
from sqlalchemy.orm import Session

from services.auth import schemas
from services.auth.actions import accounts, mobiles
from services.auth.actions.passwords import Hasher
from services.auth.models import CodeRequest
from services.auth.settings import Pepper, Settings
from services.kit.http.access import caller
from services.kit.http.server import Blueprint

blueprint = Blueprint("account", __name__, url_prefix="/api/v1/auth")


@blueprint.route("/password", methods=["POST"])
@blueprint.arguments(schemas.PasswordIn)
@blueprint.response(204)
def change_password(given: dict[str, Any]) -> None:
    """Change the password; every other session ends"""
    session, hasher, pepper = svcs.flask.get(Session, Hasher, Pepper)
    accounts.change_password(
        session,
        hasher,
        pepper,
        caller(),
        given["old_password"],
        given["new_password"],
        request.remote_addr or "",
    )


@blueprint.route("/mobile", methods=["POST"])
@blueprint.arguments(schemas.MobileIn)
@blueprint.response(202, schemas.MobileOut)
def ask_new_mobile(given: dict[str, Any]) -> CodeRequest:
    """Ask for a code to another mobile of one's own"""
    session, hasher, pepper, settings = svcs.flask.get(Session, Hasher, Pepper, Settings)
    return accounts.ask_new_mobile(
        session,
        hasher,
        pepper,
        caller(),
        given["mobile"],
        given["password"],
        request.remote_addr or "",
        settings.code_requests_per_network,
    )


@blueprint.route("/mobile/confirmation", methods=["POST"])
@blueprint.arguments(schemas.MobileConfirmationIn)
@blueprint.response(204)
def confirm_mobile(given: dict[str, Any]) -> None:
    """Confirm the new mobile with the code"""
    session, pepper = svcs.flask.get(Session, Pepper)
    accounts.confirm_mobile(session, pepper, caller(), given["code"])


@blueprint.route("/mobile/reversal", methods=["POST"])
@blueprint.arguments(schemas.MobileReversalIn)
@blueprint.response(200, schemas.StatusOut)
def reverse_mobile(given: dict[str, Any]) -> dict[str, str]:
    """Take a change of mobile back with the code that the old mobile got"""
    session, hasher, pepper = svcs.flask.get(Session, Hasher, Pepper)
    mobiles.reverse_change(session, hasher, pepper, given["code"], request.remote_addr or "")
    return {"status": "reversed"}
