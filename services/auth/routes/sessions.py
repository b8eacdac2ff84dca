"""Sessions: sign in, refresh, sign out."""

from typing import Any

import svcs
from flask import request

from services.auth import schemas
from services.auth.actions import acting, families, grants, sign_ins
from services.auth.actions.grants import Grant
from services.auth.actions.passwords import Hasher
from services.auth.actions.sign_ins import Attempt
from services.auth.actions.tokens import Signer
from services.auth.settings import Pepper
from services.auth.store.users import build_user
from services.kit.db import Sessions
from services.kit.http.access import get_caller
from services.kit.http.server import Blueprint
from services.kit.problems import TokenInvalid

blueprint = Blueprint("sessions", __name__, url_prefix="/api/v1/auth/sessions")


@blueprint.route("", methods=["POST"])
@blueprint.arguments(schemas.NewSession)
@blueprint.response(200, schemas.StartedSession)
def sign_in(fields: dict[str, Any]) -> Grant:
    """Sign in with a national or insurance number, or with the user name of an officer or clerk."""
    sessions, signer, hasher, pepper = svcs.flask.get(Sessions, Signer, Hasher, Pepper)
    is_citizen = "username" not in fields
    attempt = Attempt(
        user=build_user(fields.get("national_code"), fields.get("insurance_number"))
        if is_citizen
        else fields["username"],
        password=fields["password"],
        source=request.remote_addr or "",
        device_token=fields.get("device_token") or "",
        totp=fields.get("totp") or "",
        sign_in_id=fields.get("sign_in_id"),
        code=fields.get("code") or "",
        user_agent=request.user_agent.string,
    )
    start = sign_ins.sign_in_citizen if is_citizen else sign_ins.sign_in_staff
    return start(sessions, signer, hasher, pepper, attempt)


@blueprint.route("/refresh", methods=["POST"])
@blueprint.arguments(schemas.NewRefresh)
@blueprint.response(200, schemas.Session)
def refresh_session(fields: dict[str, Any]) -> Grant:
    """Return the next access and refresh tokens; each refresh token is valid once."""
    sessions, signer = svcs.flask.get(Sessions, Signer)
    with sessions.begin() as session:
        grant = grants.refresh_session(session, signer, fields["refresh_token"])
    # Raised after the commit: a used token has ended its session.
    if grant is None:
        raise TokenInvalid
    return grant


@blueprint.route("/current", methods=["DELETE"])
@blueprint.response(204)
def sign_out() -> None:
    """Sign out: the session's refresh tokens end. A representative only stops acting."""
    caller = get_caller()
    with svcs.flask.get(Sessions).begin() as session:
        if caller.actor:
            acting.end_acting(session, caller)
        else:
            families.end_session(session, caller.session_id)
