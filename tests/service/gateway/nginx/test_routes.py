"""What the edge lets through and to whom, what it says of the client, and what it leaves out."""

import json
import uuid
from pathlib import Path

import httpx
import pytest

from gateway.docs import page
from services import SERVICES
from tests.service.gateway.nginx.desk import UPSTREAMS, Edge, Upstream, make_certificate, running

REQUEST_ID = "0199c2d5-6c1e-7c41-9b1e-3f0d5a7e2b10"


@pytest.mark.parametrize("service", SERVICES)
def test_routes_of_each_service_go_to_it(edge: Edge, service: str) -> None:
    received = edge.send_request(
        "POST", f"/api/v1/{service}/some/thing?limit=3&cursor=a%20b", json={"a": 1}
    ).json()
    assert received["service"] == service
    assert received["path"] == f"/api/v1/{service}/some/thing?limit=3&cursor=a%20b"
    assert (received["method"], received["body"]) == ("POST", len(b'{"a":1}'))


def test_well_known_goes_to_auth_and_a_serial_to_inquiry(edge: Edge) -> None:
    assert edge.send_request("GET", "/.well-known/jwks.json").json()["service"] == "auth"
    received = edge.send_request("GET", "/.well-known/security.txt").json()
    assert (received["service"], received["path"]) == ("portal", "/.well-known/security.txt")
    for path in ("/.well-known/security.txt/x", "/.well-known/security.txtx"):
        assert edge.send_request("GET", path).json()["service"] == "auth"
    received = edge.send_request("GET", "/l/1234567890123").json()
    assert (received["service"], received["path"]) == ("inquiry", "/api/v1/inquiry/letters/1234567890123")


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/internal/events",
            "/metrics",
            "/readyz",
            "/api",
            "/api/v1/portal/x",
        ),
        *("/l/a/b", "/l/..", "/edge/bad-request", "/readyz/auth", "/api/v1/auth"),
        *("/api/v1/auth/../../../internal/events", "/api/v1/auth/%2e%2e/%2e%2e/metrics"),
        *("/internal/../api/v1/auth/x", "/api/v1/auth/x%2f..%2finternal", "/api/v1/auth/./x"),
    ],
)
def test_everything_else_is_not_found(edge: Edge, path: str) -> None:
    # By hand: a client library would take the dots out.
    answer = edge.send_bytes(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "not-found"


@pytest.mark.parametrize("path", ["/", "/sign-in", "/static/x/portal.css", "/nothing", "/maintenance.html"])
def test_all_other_paths_go_to_the_portal(edge: Edge, path: str) -> None:
    answer = edge.send_request("GET", path)
    assert answer.json()["service"] == "portal"
    # The page says itself what it may load; a second policy would bind it too.
    assert "Content-Security-Policy" not in answer.headers


def test_dots_in_a_query_or_a_name_are_accepted(edge: Edge) -> None:
    assert edge.send_request("GET", "/api/v1/auth/openapi.json?x=/../y").status_code == 200


def test_headers_about_the_client_are_replaced(edge: Edge) -> None:
    lies = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Prefix": "/x",
        "X-Real-IP": "203.0.113.9",
        "Forwarded": "for=203.0.113.9",
        "Traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "Tracestate": "a=1",
        "Baggage": "who=me",
    }
    received = edge.send_request(
        "GET", "/api/v1/auth/x", headers={**lies, "Authorization": "Bearer t"}
    ).json()["headers"]
    assert received["X-Forwarded-For"] == "127.0.0.1"
    assert received["X-Forwarded-Proto"] == "http"
    assert received["Host"] == received["X-Forwarded-Host"] == edge.base_url.removeprefix("http://")
    assert received["Authorization"] == "Bearer t"
    assert not {"X-Forwarded-Prefix", "X-Real-IP", "Forwarded"} & received.keys()
    assert not {"traceparent", "tracestate", "baggage"} & {name.lower() for name in received}


def test_request_id_is_passed_on_and_answered_once(edge: Edge) -> None:
    response = edge.send_request("GET", "/api/v1/auth/x", headers={"X-Request-ID": REQUEST_ID})
    assert response.headers.get_list("X-Request-ID") == [REQUEST_ID]
    assert response.json()["headers"]["X-Request-ID"] == REQUEST_ID
    assert edge.has_logged(REQUEST_ID)


@pytest.mark.parametrize(
    "sent",
    [
        "no good: ‌",
        "0012345679",
        "given-0123456789",
        REQUEST_ID.replace("-", ""),
        f"{REQUEST_ID}0",
        f"x{REQUEST_ID}",
    ],
)
@pytest.mark.parametrize("path", ["/api/v1/auth/x", "/page", "/api/nothing", "/healthz"])
def test_malformed_request_id_is_replaced(edge: Edge, path: str, sent: str) -> None:
    made = edge.send_request("GET", path, headers={"X-Request-ID": sent.encode()})
    [new] = made.headers.get_list("X-Request-ID")
    assert str(uuid.UUID(new)) == new
    received = made.json()
    assert new == received.get("headers", {}).get("X-Request-ID", received.get("request_id", new))
    assert edge.has_logged(new)
    assert not any(sent == line["request_id"] for line in edge.read_access_log())


@pytest.mark.parametrize("path", ["/api/v1/auth/x", "/page"])
def test_a_request_id_with_capitals_is_answered_in_small_letters(edge: Edge, path: str) -> None:
    answer = edge.send_request("GET", path, headers={"X-Request-ID": REQUEST_ID.upper()})
    assert answer.json()["headers"]["X-Request-ID"].lower() == REQUEST_ID
    assert answer.headers.get_list("X-Request-ID") == [REQUEST_ID]
    assert edge.has_logged(REQUEST_ID)
    own = edge.send_request("GET", "/api/nothing", headers={"X-Request-ID": REQUEST_ID.upper()})
    assert own.json()["request_id"] == own.headers["X-Request-ID"] == own.headers["X-Request-ID"].lower()


def test_every_answer_has_the_security_headers_once(edge: Edge) -> None:
    for path in ("/api/v1/auth/x", "/healthz", "/metrics"):
        headers = edge.send_request("GET", path).headers
        assert headers.get_list("X-Content-Type-Options") == ["nosniff"]
        assert headers.get_list("X-Frame-Options") == ["DENY"]
        assert headers.get_list("Referrer-Policy") == ["no-referrer"]
        assert headers["Content-Security-Policy"] == "frame-ancestors 'none'"
        assert headers["Server"] == "nginx"
        assert "Strict-Transport-Security" not in headers


def test_the_documentation_is_served_under_its_own_policy(
    upstreams: dict[str, Upstream], tmp_path: Path
) -> None:
    page.write(tmp_path / "docs")
    with running(Edge(tmp_path, upstreams, {"EDGE_DOCS": str(tmp_path / "docs")})) as edge:
        for name, content in page.render_files().items():
            answer = edge.send_request("GET", f"/api/docs/{name}")
            assert answer.content == content
            assert page.POLICY in answer.headers.get_list("Content-Security-Policy")
        assert edge.send_request("GET", "/api/docs").headers["Content-Type"] == "text/html; charset=utf-8"
        assert (
            edge.send_request("GET", "/api/docs/page.css").headers["Content-Type"]
            == "text/css; charset=utf-8"
        )
        for path in (
            "/api/docs/index.html",
            "/api/docs/fonts/",
            "/api/docs/fonts/..%2fpage.css",
            "/api/docsx",
        ):
            assert edge.send_request("GET", path).status_code == 404


def test_healthz_is_200_only_if_every_service_and_the_portal_are_ready(edge: Edge) -> None:
    well = edge.send_request("GET", "/healthz")
    assert (well.status_code, well.json()) == (200, {"status": "ok"})
    for name in UPSTREAMS:
        edge.upstreams[name].unready = True
        unwell = edge.send_request("GET", "/healthz")
        edge.upstreams[name].unready = False
        assert (unwell.status_code, unwell.json()["code"]) == (503, "unavailable"), name
    assert edge.send_request("GET", "/healthz").status_code == 200


def test_alive_is_200_only_if_inquiry_is_ready(edge: Edge) -> None:
    answers = {}
    for name in UPSTREAMS:
        edge.upstreams[name].unready = True
        answers[name] = edge.send_request("GET", "/alive")
        edge.upstreams[name].unready = False
    assert [name for name, answer in answers.items() if answer.status_code != 200] == ["inquiry"]
    assert answers["auth"].json() == {"status": "ok"}
    assert (answers["inquiry"].status_code, answers["inquiry"].json()["code"]) == (503, "unavailable")


@pytest.mark.parametrize("is_encrypted", [False, True])
def test_files_of_an_acme_client_are_served_without_encryption(
    upstreams: dict[str, Upstream], tmp_path: Path, is_encrypted: bool
) -> None:
    webroot = tmp_path / "acme" / ".well-known" / "acme-challenge"
    webroot.mkdir(parents=True)
    (webroot / "token-1_A").write_text("token-1_A.thumbprint", "ascii")
    (webroot / "link").symlink_to("/etc/hostname")
    settings = make_certificate(tmp_path / "tls") if is_encrypted else {}
    with running(Edge(tmp_path, upstreams, settings)) as edge:
        base = f"http://127.0.0.1:{edge.settings['EDGE_HTTP_PORT']}/.well-known/acme-challenge"
        answer = httpx.get(f"{base}/token-1_A")
        assert (answer.status_code, answer.text) == (200, "token-1_A.thumbprint")
        for path in ("link", "none", "", "%2e%2e/%2e%2e/access.log"):
            assert httpx.get(f"{base}/{path}").status_code in {308, 403, 404}, path
        assert httpx.post(f"{base}/token-1_A").status_code == 405
