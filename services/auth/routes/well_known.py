"""Public data about tokens: the key set that verifies them (RFC 7517) and the metadata (RFC 8414)."""

from typing import Any

import svcs
from flask import Response, jsonify

from services.auth import store
from services.auth.actions.tokens import INSTITUTION_SCOPES
from services.auth.settings import Settings
from services.kit.db import Sessions
from services.kit.http.server import Blueprint
from services.kit.tokens import FRESH_FOR

KEY_SET = {
    "type": "object",
    "required": ["keys"],
    "properties": {"keys": {"type": "array", "items": {"type": "object", "required": ["kty", "kid"]}}},
}

blueprint = Blueprint("well_known", __name__, url_prefix="/.well-known")


@blueprint.route("/jwks.json")
@blueprint.response(200, KEY_SET, description="The public keys, RFC 7517")
def get_key_set() -> Response:
    """Return the keys that verify access tokens."""
    with svcs.flask.get(Sessions)() as session:
        keys = [key.jwk for key in store.list_public_keys(session)]
    return _make_cacheable_response(keys=keys)


@blueprint.route("/oauth-authorization-server")
@blueprint.response(200, {"type": "object", "required": ["issuer"]}, description="The metadata, RFC 8414")
def get_server_metadata() -> Response:
    """Return where and how a program gets its tokens."""
    settings = svcs.flask.get(Settings)
    public_url = settings.public_url.rstrip("/")
    return _make_cacheable_response(
        issuer=settings.issuer,
        token_endpoint=f"{public_url}/api/v1/auth/token",
        jwks_uri=f"{public_url}/.well-known/jwks.json",
        grant_types_supported=["client_credentials"],
        token_endpoint_auth_methods_supported=["client_secret_basic"],
        response_types_supported=[],
        scopes_supported=INSTITUTION_SCOPES,
        service_documentation=f"{public_url}/api/docs",
        ui_locales_supported=["fa", "en"],
    )


def _make_cacheable_response(**document: Any) -> Response:
    response = jsonify(document)
    response.headers["Cache-Control"] = f"public, max-age={FRESH_FOR}"
    return response
