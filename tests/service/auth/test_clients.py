"""Programs that request their own tokens: RFC 6749's client_credentials, its scopes and its errors."""

import re
from base64 import b64encode
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from werkzeug.test import TestResponse

from services.auth.actions import clients
from services.auth.actions.clients import PER_CLIENT, PER_NETWORK
from tests.service.auth.desk import Desk, verify_claims
from tests.service.auth.staff import INSTITUTION_NAME, add_institution

SECRET = "a-secret-of-these-tests-that-is-long-enough"
GRANT = {"grant_type": "client_credentials"}


def add_services(desk: Desk) -> Desk:
    for name in ("auth", "records", "disclosure", "inquiry", "pdfworker"):
        desk.write_secret(f"{SECRET}-{name}", f"{name}.secret")
    desk.run("clients", "ensure-services", "--secrets-dir", str(desk.directory))
    return desk


@pytest.fixture
def services(desk: Desk) -> Desk:
    return add_services(desk)


@pytest.fixture
def either_services(either_desk: Desk) -> Desk:
    return add_services(either_desk)


def request_token(
    desk: Desk, client: str, secret: str | None = None, headers: Mapping[str, str] | None = None, **form: Any
) -> TestResponse:
    auth = (client, secret or f"{SECRET}-{client}")
    return desk.call("POST", "/token", auth=auth, headers=dict(headers or {}), data={**GRANT, **form})


def test_a_service_gets_a_token_for_one_other_service(services: Desk) -> None:
    response = request_token(services, "disclosure", scope="records:events")
    body = response.get_json()
    assert (response.status_code, body["token_type"], body["scope"]) == (200, "Bearer", "records:events")
    assert "refresh_token" not in body
    assert response.headers["Cache-Control"] == "no-store"
    claims = verify_claims(services, body["access_token"], "records")
    assert (claims["sub"], claims["role"], claims["aud"]) == ("disclosure", "service", ["records"])
    assert claims["exp"] - claims["iat"] == body["expires_in"] == 600


def test_a_missing_scope_means_all_scopes_if_they_are_for_one_service(services: Desk) -> None:
    assert request_token(services, "pdfworker").get_json()["scope"] == "disclosure:render"
    assert request_token(services, "disclosure").get_json()["error"] == "invalid_scope"


@pytest.mark.parametrize(
    "scope", ["records:events auth:events", "disclosure:render", "self", "records:event"]
)
def test_a_scope_that_the_client_does_not_have_is_rejected(services: Desk, scope: str) -> None:
    response = request_token(services, "disclosure", scope=scope)
    assert (response.status_code, response.get_json()["error"]) == (400, "invalid_scope")


def test_the_token_of_an_institutions_system_names_the_institution(desk: Desk) -> None:
    institution_id = add_institution(desk)
    secret_file = desk.directory / "bank.secret"
    desk.run("clients", "add", "bank", "--institution", institution_id, "--secret-file", str(secret_file))
    assert secret_file.stat().st_mode & 0o777 == 0o600
    body = request_token(desk, "bank", secret_file.read_text().strip()).get_json()
    claims = verify_claims(desk, body["access_token"], "inquiry")
    assert (claims["role"], claims["aud"], claims["sub"]) == ("institution", ["inquiry"], "bank")
    assert (claims["name"], claims["institution_id"]) == (INSTITUTION_NAME, institution_id)
    assert set(body["scope"].split()) == {"inquiry:inquire", "inquiry:report"}
    refused = desk.call("DELETE", "/sessions/current", token=body["access_token"])
    assert refused.status_code == 403
    desk.run("clients", "disable", "bank")
    assert request_token(desk, "bank", secret_file.read_text().strip()).status_code == 401


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "Basic",
        "Basic %%%",
        f"Basic {b64encode(bytes([255, 254])).decode()}",
        f"Basic {b64encode(b'pdfworker').decode()}",
        f"Basic {b64encode(b'pdfworker:wrong').decode()}",
        f"Basic {b64encode(b'nobody:wrong').decode()}",
        f"Basic {b64encode(b'no%00body:wrong').decode()}",
        "Bearer token",
    ],
)
def test_every_failed_authentication_gets_the_same_response(services: Desk, authorization: str) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    response = services.call("POST", "/token", headers=headers, data=GRANT)
    assert (response.status_code, response.get_json()["error"]) == (401, "invalid_client")
    assert response.headers.getlist("WWW-Authenticate") == ['Basic realm="govah", charset="UTF-8"']
    assert response.get_json() == request_token(services, "nobody").get_json()


def test_a_service_may_send_a_secret_that_auth_does_not_have_yet(services: Desk) -> None:
    refused = PER_CLIENT[0].failures
    for client, last in (("pdfworker", 200), ("of-an-institution", 429)):
        for _ in range(refused):
            assert request_token(services, client, "of-tomorrow").status_code == 401
        assert request_token(services, client).status_code == last


def test_failed_secrets_are_limited_per_client_and_source(
    either_services: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = either_services
    monkeypatch.setattr(clients, "PER_SERVICE", PER_CLIENT)
    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(lambda _: request_token(services, "pdfworker", "wrong"), range(10)))
    assert sorted(response.status_code for response in responses) == [401] * 5 + [429] * 5
    late = request_token(services, "pdfworker")
    assert (late.status_code, late.mimetype) == (429, "application/problem+json")
    assert late.get_json()["code"] == "too-many-attempts"
    assert 0 < int(late.headers["Retry-After"]) <= 5 * 60
    assert request_token(services, "pdfworker", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 200
    assert request_token(services, "inquiry", scope="auth:events").status_code == 200


def test_failures_with_many_client_ids_block_their_source(services: Desk) -> None:
    elsewhere = {"X-Forwarded-For": "192.0.2.7"}
    for number in range(PER_NETWORK[0].failures):
        assert request_token(services, f"guess-{number}", "wrong", headers=elsewhere).status_code == 401
    assert request_token(services, "pdfworker", headers=elsewhere).status_code == 429
    assert request_token(services, "pdfworker").status_code == 200


def test_right_secrets_are_not_counted(either_services: Desk) -> None:
    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(lambda _: request_token(either_services, "pdfworker"), range(12)))
    assert {response.status_code for response in responses} == {200}
    assert request_token(either_services, "pdfworker", scope="self").status_code == 400
    with either_services.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM failed_attempts").scalar_one() == 0


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": ["client_credentials", "client_credentials"]}, "invalid_request"),
        ({**GRANT, "audience": ["one", "two"]}, "invalid_request"),
        ({"grant_type": "password", "username": "u", "password": "p"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "unsupported_grant_type"),
        ({**GRANT, "scope": " "}, "invalid_scope"),
    ],
)
def test_an_invalid_request_gets_an_error_of_rfc_6749(services: Desk, form: Any, error: str) -> None:
    response = services.call("POST", "/token", auth=("pdfworker", f"{SECRET}-pdfworker"), data=form)
    assert (response.status_code, response.get_json()["error"]) == (400, error)
    assert response.mimetype == "application/json"
    assert response.headers["Cache-Control"] == "no-store"
    # The characters that RFC 6749, 5.2 permits.
    assert re.fullmatch(r"[ !#-\[\]-~]+", response.get_json()["error_description"])


@pytest.mark.parametrize(
    "authorization", [f"pdfworker:{SECRET}-pdfworker", f"pdf%77orker:{SECRET}%2Dpdfworker"]
)
@pytest.mark.parametrize("scheme", ["Basic", "basic"])
def test_credentials_are_form_encoded_and_the_scheme_has_no_case(
    services: Desk, scheme: str, authorization: str
) -> None:
    headers = {"Authorization": f"{scheme} {b64encode(authorization.encode()).decode()}"}
    assert services.call("POST", "/token", headers=headers, data=GRANT).status_code == 200


def test_a_client_is_not_authenticated_by_the_form(services: Desk) -> None:
    form = {**GRANT, "client_id": "pdfworker", "client_secret": f"{SECRET}-pdfworker"}
    response = services.call("POST", "/token", data=form)
    assert (response.status_code, response.get_json()["error"]) == (401, "invalid_client")


def test_query_parameters_are_ignored(services: Desk) -> None:
    response = services.call("POST", "/token?grant_type=client_credentials", auth=("pdfworker", SECRET))
    assert response.get_json()["error"] == "invalid_request"


def test_plain_http_works_behind_the_edge(services: Desk) -> None:
    response = services.call(
        "POST",
        "/token",
        base_url="http://auth:8000",
        auth=("pdfworker", f"{SECRET}-pdfworker"),
        data=GRANT,
    )
    assert response.status_code == 200


def test_the_metadata_says_where_tokens_come_from(desk: Desk) -> None:
    response = desk.app.test_client().get("/.well-known/oauth-authorization-server")
    metadata = response.get_json()
    assert metadata["token_endpoint"] == "https://govah.example/api/v1/auth/token"
    assert metadata["jwks_uri"] == "https://govah.example/.well-known/jwks.json"
    assert metadata["grant_types_supported"] == ["client_credentials"]
    assert metadata["issuer"] == desk.settings.issuer
    assert "max-age" in response.headers["Cache-Control"]
