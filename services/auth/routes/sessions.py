"""Sessions: signing in, refreshing, signing out."""

from typing import Any

import svcs
from flask import request
from sqlalchemy.orm import Session

from services.auth import schemas
from services.auth.actions import families
from services.auth.actions import sign_in as signing_in
from services.auth.actions.passwords import Hasher
from services.auth.actions.sign_in import Attempt, Grant
from services.auth.actions.tokens import Signer
from services.auth.settings import Pepper
from services.kit.http.access import caller
from services.kit.http.server import Blueprint

blueprint = Blueprint("sessions", __name__, url_prefix="/api/v1/auth/sessions")


@blueprint.route("", methods=["POST"])
@blueprint.arguments(schemas.SessionIn)
@blueprint.response(200, schemas.NewSessionOut)
def sign_in(given: dict[str, Any]) -> Grant:
    """Sign in with a national code, or with the user name of an officer or clerk"""
    session, signer, hasher, pepper = svcs.flask.get(Session, Signer, Hasher, Pepper)
    is_citizen = "national_code" in given
    attempt = Attempt(
        user=given["national_code" if is_citizen else "username"],
        password=given["password"],
        source=request.remote_addr or "",
        device_token=given.get("device_token") or "",
        totp=given.get("totp") or "",
        sign_in_id=given.get("sign_in_id"),
        code=given.get("code") or "",
    )
    start = signing_in.sign_in_citizen if is_citizen else signing_in.sign_in_staff
    return start(session, signer, hasher, pepper, attempt)


@blueprint.route("/refresh", methods=["POST"])
@blueprint.arguments(schemas.RefreshIn)
@blueprint.response(200, schemas.SessionOut)
def refresh(given: dict[str, Any]) -> Grant:
    """The next access and refresh tokens; each refresh token is good once"""
    session, signer = svcs.flask.get(Session, Signer)
    return signing_in.refresh(session, signer, given["refresh_token"])


@blueprint.route("/current", methods=["DELETE"])
@blueprint.response(204)
def sign_out() -> None:
    """Sign out: the session's refresh tokens end"""
    session = svcs.flask.get(Session)
    with session.begin():
        families.end(session, caller().session_id)
