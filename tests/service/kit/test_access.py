"""Who may call: tokens that are missing, old, forged, or of somebody else."""

import base64
import json
import time
import uuid
from collections.abc import Callable
from typing import Any

import jwt
import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask.testing import FlaskClient

from services.kit.tokens import Keys
from tests.service.kit import tiny
from tests.service.kit.calls import NOTES, read_problem
from tests.tokens import ISSUER, KID, build_bearer_header, build_public_jwk

OPEN = "/api/v1/tiny/open"
KEY, OTHER_KEY = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()


class OneKey(Keys):
    """Knows one key, with which these tests can sign whatever they like."""

    def find(self, kid: str) -> jwt.PyJWK | None:
        return jwt.PyJWK(build_public_jwk(KEY), algorithm="EdDSA") if kid == KID else None


@pytest.fixture
def client(sqlite_engine: sa.Engine) -> FlaskClient:
    return tiny.create_app(sqlite_engine, OneKey()).test_client()


def mint_token(algorithm: str = "EdDSA", key: Any = KEY, kid: str | None = KID, **changed: Any) -> str:
    """Return a citizen's token with some claims changed; None removes one."""
    now = int(time.time())
    good = {
        "iss": ISSUER,
        "aud": "tiny",
        "sub": str(uuid.uuid4()),
        "iat": now,
        "exp": now + 60,
        "role": "citizen",
        "scope": "self",
    }
    claims = {name: value for name, value in (good | changed).items() if value is not None}
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid} if kid else {})


def build_caller_headers(role: str, *scopes: str) -> dict[str, str]:
    own = ["self"] if role == "citizen" else []
    return build_bearer_header(mint_token(role=role, scope=" ".join([*own, *scopes])))


def replace_header(signed: str, **header: Any) -> str:
    """Return the token with another header over the same signature."""
    head = base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    return f"{head}.{signed.partition('.')[2]}"


PUBLIC_BYTES = base64.urlsafe_b64decode(build_public_jwk(KEY)["x"] + "=")

# Made when they are needed: the run before may take longer than a token lasts.
REFUSED: dict[str, Callable[[], str]] = {
    "alg none": lambda: mint_token("none", None),
    "HS256 with the public key": lambda: mint_token("HS256", PUBLIC_BYTES),
    "another key under the known id": lambda: mint_token("EdDSA", OTHER_KEY),
    "unknown key id": lambda: mint_token("EdDSA", OTHER_KEY, "unknown"),
    "no key id": lambda: mint_token("EdDSA", OTHER_KEY, None),
    "key id that is no text": lambda: replace_header(mint_token(), alg="EdDSA", kid=7),
    "algorithm that is no text": lambda: replace_header(mint_token(), alg=["EdDSA"], kid=KID),
    "header changed": lambda: replace_header(mint_token(), alg="EdDSA", kid=KID, typ="other"),
    "another audience": lambda: mint_token(aud=["auth", "records"]),
    "another issuer": lambda: mint_token(iss="somebody"),
    "no role": lambda: mint_token(role=None),
    "unknown role": lambda: mint_token(role="king"),
    "scope that is no text": lambda: mint_token(scope=["self"]),
    "subject that is no text": lambda: mint_token(sub=["x"]),
    "role that is no text": lambda: mint_token(role=["citizen"]),
    "person without an id": lambda: mint_token(sub="somebody"),
    "person whose id is empty": lambda: mint_token(sub=""),
    "session that is no id": lambda: mint_token(sid="1"),
    "institution that is no id": lambda: mint_token(role="institution", institution_id="bank"),
    "institution that is no text": lambda: mint_token(role="institution", institution_id=7),
    "name that is no text": lambda: mint_token(role="institution", name={"fa": "بانک"}),
    "issued in the future": lambda: mint_token(iat=int(time.time()) + 600),
    "not yet valid": lambda: mint_token(nbf=int(time.time()) + 600),
    "end that is no time": lambda: mint_token(exp="tomorrow"),
    "no JSON": lambda: "a.b.c",
    "no token": lambda: "token",
    "not ASCII": lambda: "\u00e9.\u00e9.\u00e9",
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_token_auth_did_not_give_for_this_service_is_refused(client: FlaskClient, name: str) -> None:
    answer = client.get(NOTES, headers=build_bearer_header(REFUSED[name]()))
    read_problem(answer, 401, "token-invalid")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="govah", error="invalid_token"'


@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "iat", "exp"])
def test_a_token_without_a_claim_is_refused(client: FlaskClient, claim: str) -> None:
    read_problem(
        client.get(NOTES, headers=build_bearer_header(mint_token("EdDSA", KEY, KID, **{claim: None}))),
        401,
        "token-invalid",
    )


def test_a_token_ends_with_half_a_minute_for_clocks_that_differ(client: FlaskClient) -> None:
    assert (
        client.get(NOTES, headers=build_bearer_header(mint_token(exp=int(time.time()) - 1))).status_code
        == 200
    )
    read_problem(
        client.get(NOTES, headers=build_bearer_header(mint_token(exp=int(time.time()) - 40))),
        401,
        "token-expired",
    )


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic YTpi", "token"])
def test_without_a_token_one_is_asked_for(client: FlaskClient, header: str | None) -> None:
    answer = client.get(NOTES, headers={} if header is None else {"Authorization": header})
    read_problem(answer, 401, "token-missing")


def test_the_scheme_is_read_in_any_case(client: FlaskClient) -> None:
    assert client.get(NOTES, headers={"Authorization": f"bEARER  {mint_token()}"}).status_code == 200


@pytest.mark.parametrize(
    ("role", "scopes", "path"),
    [
        ("officer", ["lists"], NOTES),
        ("service", ["tiny:events"], NOTES),
        ("institution", [], NOTES),
        ("citizen", ["tiny:events"], "/internal/events"),
        ("officer", ["tiny:events"], "/internal/events"),
        ("service", [], "/internal/events"),
        ("service", ["other:events"], "/internal/events"),
        ("service", ["tiny:events2"], "/internal/events"),
    ],
)
def test_another_role_or_a_missing_scope_is_forbidden(
    client: FlaskClient, role: str, scopes: list[str], path: str
) -> None:
    read_problem(client.get(path, headers=build_caller_headers(role, *scopes)), 403, "forbidden")


def test_a_scope_among_others_admits(client: FlaskClient) -> None:
    headers = build_caller_headers("service", "a", "tiny:events", "b")
    assert client.get("/internal/events", headers=headers).status_code == 200


def test_an_open_route_asks_nobody(client: FlaskClient) -> None:
    for headers in ({}, build_caller_headers("citizen"), build_bearer_header("forged")):
        assert client.get(OPEN, headers=headers).status_code == 200


def test_what_is_anothers_does_not_exist(client: FlaskClient) -> None:
    mine = build_caller_headers("citizen")
    client.post(NOTES, json={"text": "mine"}, headers=mine)
    assert client.get(f"{NOTES}/mine", headers=mine).status_code == 200
    theirs = client.get(f"{NOTES}/mine", headers=build_caller_headers("citizen"))
    nobodys = client.get(f"{NOTES}/none", headers=mine)
    assert (
        read_problem(theirs, 404, "not-found")["detail"] == read_problem(nobodys, 404, "not-found")["detail"]
    )
