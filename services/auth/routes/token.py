"""The token endpoint for programs: client_credentials by authlib, with the errors of RFC 6749."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import svcs
from authlib.oauth2 import AuthorizationServer, OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749 import ClientMixin, InvalidRequestError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from flask import Request, Response, jsonify, request
from sqlalchemy.orm import Session
from werkzeug.datastructures import Authorization

from services.auth import models
from services.auth.actions.clients import authenticate_client
from services.auth.actions.tokens import ACCESS_SECONDS, Signer, find_audience, sign_client_token
from services.auth.settings import Pepper
from services.kit.http.server import Blueprint

# RFC 7617, 2.
CHALLENGE = 'Basic realm="govah", charset="UTF-8"'

blueprint = Blueprint("token", __name__, url_prefix="/api/v1/auth")


class TokenClient(ClientMixin):  # type: ignore[misc]  # authlib is untyped
    """A client as authlib wants to ask it."""

    def __init__(self, row: models.Client) -> None:
        self.row = row

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """The asked scopes, or all; None, which is `invalid_scope`, unless they have one audience."""
        asked = dict.fromkeys(scope.split() if scope else self.row.scopes)
        if not asked.keys() <= set(self.row.scopes) or find_audience(asked) is None:
            return None
        return " ".join(asked)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == "client_secret_basic"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "client_credentials"


class TokenServer(AuthorizationServer):  # type: ignore[misc]  # authlib is untyped
    """authlib's server with one grant and one way to authenticate."""

    def __init__(self) -> None:
        super().__init__()
        self.register_grant(ClientCredentialsGrant)
        self.register_client_auth_method("client_secret_basic", _authenticate)
        self.register_token_generator(
            "default", BearerTokenGenerator(_sign, expires_generator=ACCESS_SECONDS)
        )

    def save_token(self, token: Mapping[str, Any], request: OAuth2Request) -> None:
        """Nothing: access tokens are verified by their signature and never looked up."""

    def send_signal(self, name: str, *args: object, **kw: object) -> None:
        """Nothing listens."""

    def create_oauth2_request(self, request: Request) -> OAuth2Request:
        # TLS ends at the edge: told the address behind it, authlib would refuse the call.
        created = OAuth2Request(request.method, "https://edge", headers=request.headers)
        created.payload = BasicOAuth2Payload(request.form.to_dict())
        return created

    def handle_response(
        self, status: int, body: Mapping[str, Any], headers: list[tuple[str, str]]
    ) -> Response:
        response = jsonify(body)
        response.status_code = status
        response.headers.extend(headers)
        if status == 401:
            response.headers["WWW-Authenticate"] = CHALLENGE
        return response


def _authenticate(_query_client: object, asked: OAuth2Request) -> TokenClient | None:
    given = Authorization.from_header(asked.headers.get("Authorization"))
    if given is None or given.type != "basic" or given.username is None or given.password is None:
        return None
    # RFC 6749, 2.3.1: both parts were form-encoded before.
    client_id, secret = unquote(given.username), unquote(given.password)
    session, pepper = svcs.flask.get(Session, Pepper)
    row = authenticate_client(session, pepper, client_id, secret, request.remote_addr or "")
    return TokenClient(row) if row else None


def _sign(client: TokenClient, scope: str, **_: object) -> str:
    session, signer = svcs.flask.get(Session, Signer)
    return sign_client_token(session, signer, client.row, scope.split())


SERVER = TokenServer()

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


def _answers(description: str, schema: Mapping[str, Any]) -> dict[str, Any]:
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
                        "grant_type": {"const": "client_credentials"},
                        "scope": {"type": "string", "description": "All of the client's if not given"},
                    },
                }
            }
        },
    },
    responses={
        "200": _answers("The token, until `expires_in` seconds have passed", TOKEN),
        "400": _answers("`invalid_request`, `invalid_scope`, `unsupported_grant_type`", ERROR),
        "401": _answers("`invalid_client`", ERROR),
    },
)
def grant_token() -> Response:
    """A token for a program (RFC 6749, client_credentials, HTTP Basic)"""
    with svcs.flask.get(Session).begin():
        try:
            if "grant_type" not in request.form or any(len(given) > 1 for _, given in request.form.lists()):
                raise InvalidRequestError("grant_type is missing or a parameter is repeated")
            response: Response = SERVER.create_token_response(request)
        except OAuth2Error as error:
            response = SERVER.handle_error_response(request, error)
    return response
