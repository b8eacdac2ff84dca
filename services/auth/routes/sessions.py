"""Sessions: signing in, refreshing, signing out."""

from typing import Any

import svcs
from flask import request
from sqlalchemy.orm import Session

from services.auth import schemas
from services.auth.actions import families
from services.auth.actions import sign_in as signing_in
from services.auth.actions.sign_in import Grant
from services.auth.actions.tokens import Signer
from services.auth.settings import Pepper
from services.kit.http.access import caller
from services.kit.http.server import Blueprint

blueprint = Blueprint("sessions", __name__, url_prefix="/api/v1/auth/sessions")


@blueprint.route("", methods=["POST"])
@blueprint.arguments(schemas.SessionIn)
@blueprint.response(200, schemas.SessionOut)
def sign_in(given: dict[str, Any]) -> Grant:
    """Sign in with a national code, or with the user name of an officer or clerk"""
    session, signer, pepper = svcs.flask.get(Session, Signer, Pepper)
    source = request.remote_addr or ""
    if "national_code" in given:
        return signing_in.sign_in_citizen(
            session, signer, pepper, given["national_code"], given["password"], source
        )
    totp = given.get("totp") or ""
    return signing_in.sign_in_staff(
        session, signer, pepper, given["username"], given["password"], totp, source
    )


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
