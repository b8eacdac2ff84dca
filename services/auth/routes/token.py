"""The token endpoint for programs: the grant client_credentials of RFC 6749, with its errors (5.2)."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import svcs
from flask import Response, jsonify, request
from sqlalchemy.orm import Session

from services.auth.actions.clients import authenticate_client
from services.auth.actions.tokens import ACCESS_SECONDS, Signer, select_scopes, sign_client_token
from services.auth.models import Client
from services.auth.settings import Pepper
from services.kit.db import Sessions
from services.kit.http.server import Blueprint

GRANT_TYPE = "client_credentials"
# RFC 7617, 2.
CHALLENGE = 'Basic realm="govah", charset="UTF-8"'

# RFC 6749, 5.1 and 5.2.
TOKEN: Mapping[str, Any] = {
    "type": "object",
    "required": ["access_token", "token_type", "expires_in", "scope"],
    "properties": {
        "access_token": {"type": "string"},
        "token_type": {"const": "Bearer"},
        "expires_in": {"type": "integer"},
        "scope": {"type": "string"},
    },
}
ERROR: Mapping[str, Any] = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}},
}

blueprint = Blueprint("token", __name__, url_prefix="/api/v1/auth")


class TokenError(Exception):
    """An error of RFC 6749, 5.2."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.body = {"error": error, "error_description": description}
        self.status = 401 if error == "invalid_client" else 400


def _document_reply(description: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


@blueprint.route("/token", methods=["POST"])
@blueprint.doc(
    security=[{"basic": []}],
    requestBody={
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "required": ["grant_type"],
                    "properties": {
                        "grant_type": {"const": GRANT_TYPE},
                        "scope": {"type": "string", "description": "All scopes of the client if missing"},
                    },
                }
            }
        },
    },
    responses={
        "200": _document_reply("The token, until `expires_in` seconds have passed", TOKEN),
        "400": _document_reply("`invalid_request`, `invalid_scope`, `unsupported_grant_type`", ERROR),
        "401": _document_reply("`invalid_client`", ERROR),
    },
)
def grant_token() -> Response:
    """Return a token for a program (RFC 6749, client_credentials, HTTP Basic)."""
    sessions, signer, pepper = svcs.flask.get(Sessions, Signer, Pepper)
    # An error is a reply of its own, so that a failed secret is counted in the same commit.
    with sessions.begin() as session:
        try:
            body, status = _grant_token(session, signer, pepper), 200
        except TokenError as error:
            body, status = error.body, error.status
    response = jsonify(body)
    response.status_code = status
    response.headers.update({"Cache-Control": "no-store", "Pragma": "no-cache"})
    if status == 401:
        response.headers["WWW-Authenticate"] = CHALLENGE
    return response


def _grant_token(session: Session, signer: Signer, pepper: bytes) -> dict[str, Any]:
    """Return the body of a token response. Raises TokenError, TooManyAttempts."""
    if "grant_type" not in request.form or any(len(values) > 1 for _, values in request.form.lists()):
        raise TokenError("invalid_request", "grant_type is missing or a parameter is repeated")
    if request.form["grant_type"] != GRANT_TYPE:
        raise TokenError("unsupported_grant_type", f"The only grant type is {GRANT_TYPE}.")
    client = _authenticate(session, pepper)
    scopes = select_scopes(client, request.form.get("scope"))
    if scopes is None:
        raise TokenError("invalid_scope", "The requested scope is invalid, unknown, or malformed.")
    return {
        "token_type": "Bearer",
        "access_token": sign_client_token(session, signer, client, scopes),
        "expires_in": ACCESS_SECONDS,
        "scope": " ".join(scopes),
    }


def _authenticate(session: Session, pepper: bytes) -> Client:
    """Return the client that HTTP Basic names. Raises TokenError, TooManyAttempts."""
    basic, client = request.authorization, None
    if basic and basic.type == "basic" and basic.username is not None and basic.password is not None:
        # Both parts are form-encoded (RFC 6749, 2.3.1).
        client_id, secret = unquote(basic.username), unquote(basic.password)
        client = authenticate_client(session, pepper, client_id, secret, request.remote_addr or "")
    if client is None:
        raise TokenError("invalid_client", "The client cannot be authenticated with HTTP Basic.")
    return client
