"""Every route of every service, by every wrong caller: the table `ACCESS` means what it says.

The routes are walked, not listed, so a new one is held to the same from its first day.
`make fuzz` sends every refused token to every route.
"""

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.kit.http.access import GIVEN_SCOPES, Rule
from tests.contract.services import Headers, Served
from tests.sizes import IS_FULL
from tests.tokens import build_bearer_header

ROLES = ("citizen", "officer", "institution", "service", "admin")
SENDING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
Answer = tuple[int, str | None]
WHOLE = slice(None)
# In `make test` every route meets a third of the refused tokens, and every token a third of the routes.
PARTS = 1 if IS_FULL else 3


def ask(served: Served, method: str, path: str, headers: Headers, **kw: Any) -> Answer:
    """Status and code; the code is None for success, and without a whole problem document."""
    answer = served.app.test_client().open(path, method=method, headers=headers, **kw)
    document = answer.get_json(silent=True)
    if answer.mimetype != "application/problem+json" or not document:
        return answer.status_code, None
    assert {"type", "title", "status", "detail", "code", "request_id"} <= document.keys()
    return answer.status_code, document["code"]


def find_wrong_answers(
    served: Served,
    headers: Headers,
    expected: Answer,
    is_included: Callable[[Rule], bool],
    part: slice = WHOLE,
) -> dict[str, Answer]:
    """Return the routes that answer a caller otherwise than expected, of those whose rule is included."""
    routes = [route for route in served.list_routes() if is_included(route.rule)]
    answers = {
        f"{route.method} {route.path}": (ask(served, route.method, route.path, headers), route.method)
        for route in routes[part]
    }
    assert answers
    # The answer to HEAD has no body to tell a code in.
    return {
        route: answer
        for route, (answer, method) in answers.items()
        if answer != ((expected[0], None) if method == "HEAD" else expected)
    }


def is_closed(rule: Rule) -> bool:
    return bool(rule.roles)


def forge_token(served: Served, header: dict[str, str], sign: Callable[[bytes], bytes]) -> str:
    """Return a citizen's token under another header and signature."""
    claims = served.sign_token("citizen").split(".")[1]
    head = base64.urlsafe_b64encode(json.dumps(header | {"kid": served.jwk["kid"]}).encode())
    body = head.rstrip(b"=") + b"." + claims.encode()
    return (body + b"." + base64.urlsafe_b64encode(sign(body)).rstrip(b"=")).decode()


def sign_hs256(served: Served, key: bytes) -> str:
    return forge_token(served, {"alg": "HS256"}, lambda body: hmac.digest(key, body, hashlib.sha256))


def read_public_pem(served: Served) -> bytes:
    key = Ed25519PublicKey.from_public_bytes(read_public_bytes(served))
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def read_public_bytes(served: Served) -> bytes:
    return base64.urlsafe_b64decode(served.jwk["x"] + "==")


REFUSED: dict[str, Callable[[Served], str]] = {
    "alg none": lambda served: forge_token(served, {"alg": "none"}, lambda _: b""),
    "HS256 with the public key's bytes": lambda served: sign_hs256(served, read_public_bytes(served)),
    "HS256 with the public key's PEM": lambda served: sign_hs256(served, read_public_pem(served)),
    "another's key under the known id": lambda served: forge_token(
        served, {"alg": "EdDSA"}, Ed25519PrivateKey.generate().sign
    ),
    "another audience": lambda served: served.sign_token("citizen", audience=["somewhere"]),
    "another service's audience": lambda served: served.sign_token("service", audience="pdfworker"),
    "another issuer": lambda served: served.sign_token("citizen", iss="somebody"),
    "an actor without an id": lambda served: served.sign_token("citizen", act={"sub": "somebody"}),
    "an actor that is no object": lambda served: served.sign_token("citizen", act=str(uuid.UUID(int=3))),
    "an officer's representative": lambda served: served.sign_token(
        "officer", act={"sub": str(uuid.UUID(int=3))}
    ),
    "a person without an id": lambda served: served.sign_token("citizen", subject="somebody"),
    "no token at all": lambda _: "x.y.z",
}


def test_missing_token_is_reported(served: Served) -> None:
    assert find_wrong_answers(served, {}, (401, "token-missing"), lambda rule: not rule.token_optional) == {}


def test_expired_token_is_reported_as_such(served: Served) -> None:
    headers = served.build_headers("citizen", expires_in=-600)
    assert find_wrong_answers(served, headers, (401, "token-expired"), is_closed) == {}


@pytest.mark.parametrize("name", REFUSED)
def test_a_token_that_auth_did_not_give_for_this_service_is_refused(served: Served, name: str) -> None:
    headers, part = (
        build_bearer_header(REFUSED[name](served)),
        slice(list(REFUSED).index(name) % PARTS, None, PARTS),
    )
    assert find_wrong_answers(served, headers, (401, "token-invalid"), is_closed, part) == {}


@pytest.mark.parametrize("role", ROLES)
def test_another_role_is_forbidden(served: Served, role: str) -> None:
    headers = served.build_headers(role, audience=served.name)
    others = {rule for rule in served.access.values() if rule.roles and role not in rule.roles}
    assert find_wrong_answers(served, headers, (403, "forbidden"), others.__contains__) == {}


@pytest.mark.parametrize("scope", GIVEN_SCOPES)
def test_a_representative_may_call_only_what_was_given(served: Served, scope: str) -> None:
    headers = served.build_headers("citizen", scopes=[scope], act={"sub": str(uuid.uuid4())})
    others = {rule for rule in served.access.values() if rule.roles and scope not in rule.given}
    assert find_wrong_answers(served, headers, (403, "forbidden"), others.__contains__) == {}
    given = [route for route in served.list_routes() if scope in route.rule.given and route.method == "GET"]
    assert {route.path for route in given if ask(served, "GET", route.path, headers)[0] >= 400} <= {
        "/internal/statement"
    }


def test_a_representative_with_the_scope_of_the_person_is_forbidden(served: Served) -> None:
    headers = served.build_headers("citizen", scopes=["self"], act={"sub": str(uuid.uuid4())})
    assert find_wrong_answers(served, headers, (403, "forbidden"), is_closed) == {}


@pytest.mark.parametrize("role", ROLES)
def test_a_role_without_the_scope_is_forbidden(served: Served, role: str) -> None:
    headers = served.build_headers(role, audience=served.name, scopes=["another:scope"])
    assert (
        find_wrong_answers(
            served,
            headers,
            (403, "forbidden"),
            lambda rule: bool(rule.scopes | rule.any_scope) or (role == "citizen" and role in rule.roles),
        )
        == {}
    )


def test_a_clerk_without_the_managers_claim_is_forbidden(served: Served) -> None:
    of_managers = [route for route in served.list_routes() if route.rule.is_for_managers]
    for route in of_managers:
        clerk = ask(served, route.method, route.path, served.build_headers("institution"))
        assert clerk == (403, None if route.method == "HEAD" else "forbidden")
    assert bool(of_managers) == (served.name == "auth")


def test_an_open_route_does_not_ask_who_calls(served: Served) -> None:
    handled = {
        f"{route.method} {route.path}": ask(served, route.method, route.path, headers)
        for headers in ({}, build_bearer_header("forged"), served.build_headers("officer", expires_in=-600))
        for route in served.list_routes()
        if not route.rule.roles
    }
    assert handled
    assert {route: answer for route, answer in handled.items() if answer[0] in (401, 403, 500)} == {}


def test_data_of_others_does_not_exist(served: Served) -> None:
    stranger = served.build_headers("citizen", subject=uuid.uuid4())
    for route in served.list_routes():
        if "citizen" in route.rule.roles and route.has_things and route.method != "OPTIONS":
            form = served.forms.get(route.endpoint)
            sent = {"data": form()} if form else {"json": served.bodies.get(route.endpoint)}
            expected = (404, None if route.method == "HEAD" else "not-found")
            assert (route, ask(served, route.method, route.path, stranger, **sent)) == (route, expected)
            if route.method == "GET":
                assert ask(served, "GET", route.path, served.build_headers("citizen")) == (200, None)


def test_a_method_that_an_address_does_not_take_is_named(served: Served) -> None:
    methods: dict[str, set[str]] = {}
    for route in served.list_routes():
        methods.setdefault(route.path, set()).add(route.method)
    for path, allowed in methods.items():
        method = min({"PATCH", "PUT"} - allowed)
        answer = served.app.test_client().open(path, method=method, headers=served.build_headers("citizen"))
        assert (answer.status_code, answer.get_json()["code"]) == (405, "method-not-allowed")
        assert method not in answer.headers["Allow"]


@pytest.mark.parametrize("path", ["/", "/nothing", "/api/v1/{name}", "/api/v1/{name}/x/y", "/internal"])
def test_unknown_address_is_not_found_for_any_caller(served: Served, path: str) -> None:
    for headers in ({}, build_bearer_header("forged"), *(served.build_headers(role) for role in ROLES)):
        assert ask(served, "POST", path.format(name=served.name), headers) == (404, "not-found")


def test_a_body_over_the_limit_is_too_large(served: Served) -> None:
    answers = {
        f"{route.method} {route.path}": ask(
            served,
            route.method,
            route.path,
            served.build_headers(min(route.rule.roles), manager=True) if route.rule.roles else {},
            data=b" " * (route.rule.max_body + 1),
            content_type="application/json",
        )
        for route in served.list_routes()
        if route.method in SENDING
    }
    assert {route: answer for route, answer in answers.items() if answer != (413, "body-too-large")} == {}
