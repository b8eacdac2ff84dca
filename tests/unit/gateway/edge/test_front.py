"""The front door in front of an upstream that returns what reached it."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, Response, jsonify, request
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from gateway.edge import front
from gateway.edge.front import create_app
from services import SERVICES
from tests.unit.kit.test_client import mortal_service

REQUEST_ID = "0199c2d5-6c1e-7c41-9b1e-3f0d5a7e2b10"


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    app = Flask("upstream")

    @app.route("/<path:path>", methods=["GET", "POST", "PUT", "DELETE"])
    def send_echo(path: str) -> Response:
        body = request.get_data()
        time.sleep(float(request.headers.get("Be-Slow", 0)))
        return jsonify(
            path=request.full_path, method=request.method, body=body.decode(), headers=dict(request.headers)
        )

    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def open_front(url: str, ready_file: Path) -> FlaskClient:
    environ = {f"GOVAH_{name.upper()}_URL": url for name in SERVICES}
    return create_app({**environ, "GOVAH_READY_FILE": str(ready_file)}).test_client()


def test_passes_method_query_body_and_caller_on(upstream: str, tmp_path: Path) -> None:
    answer = open_front(upstream, tmp_path / "ready").post(
        "/api/v1/records/lists?limit=2&cursor=a%20b",
        data="متن",
        headers={"Authorization": "Bearer x", "X-Forwarded-For": "9.9.9.9", "X-Request-ID": REQUEST_ID},
        environ_base={"REMOTE_ADDR": "192.0.2.7"},
    )
    seen = answer.get_json()
    assert seen["path"] == "/api/v1/records/lists?limit=2&cursor=a%20b"
    assert (seen["method"], seen["body"]) == ("POST", "متن")
    assert seen["headers"]["Authorization"] == "Bearer x"
    assert seen["headers"]["X-Forwarded-For"] == "192.0.2.7"
    assert seen["headers"]["X-Request-Id"] == answer.headers["X-Request-ID"] == REQUEST_ID


@pytest.mark.parametrize(("path", "status"), [("lists", 200), ("me", 503)])
def test_services_have_longer_for_files(
    upstream: str, tmp_path: Path, path: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list of 50,000 rows takes longer than any other answer may."""
    monkeypatch.setattr(front, "ANSWER_WITHIN", 0.1)
    client = open_front(upstream, tmp_path / "ready")
    assert client.post(f"/api/v1/records/{path}", headers={"Be-Slow": "0.4"}).status_code == status


@pytest.mark.parametrize(("size", "connection"), [(10, "keep-alive"), (100_000, "close")])
def test_connection_after_a_large_body_is_not_reused(
    upstream: str, tmp_path: Path, size: int, connection: str
) -> None:
    answer = open_front(upstream, tmp_path / "ready").post("/api/v1/inquiry/letters/check", data="x" * size)
    assert answer.get_json()["headers"]["Connection"] == connection


def test_letter_status_and_key_set_have_short_addresses(upstream: str, tmp_path: Path) -> None:
    door = open_front(upstream, tmp_path / "ready")
    assert door.get("/l/1234567890128").get_json()["path"] == "/api/v1/inquiry/letters/1234567890128?"
    assert door.get("/.well-known/jwks.json").get_json()["path"] == "/.well-known/jwks.json?"


def test_security_txt_goes_to_the_portal(upstream: str, tmp_path: Path) -> None:
    away = dict.fromkeys((f"GOVAH_{name.upper()}_URL" for name in SERVICES), "http://127.0.0.1:9")
    environ = {**away, "GOVAH_PORTAL_URL": upstream, "GOVAH_READY_FILE": str(tmp_path / "ready")}
    door = create_app(environ).test_client()
    answer = door.get("/.well-known/security.txt")
    assert (answer.status_code, answer.get_json()["path"]) == (200, "/.well-known/security.txt?")
    assert door.get("/.well-known/security.txtx").status_code == 503
    for path in ("/.well-known/security.txt/x", "/.well-known/x/security.txt", "/.well-known"):
        assert door.get(path).status_code == 404
    assert door.post("/.well-known/security.txt").status_code in {404, 405}


@pytest.mark.parametrize(
    "path",
    ["/internal/events", "/metrics", "/readyz", "/api/v1/pdfworker/x", "/api/v2/auth/x", "/"],
)
def test_other_paths_are_not_found(upstream: str, tmp_path: Path, path: str) -> None:
    answer = open_front(upstream, tmp_path / "ready").get(path)
    assert answer.status_code == 404
    assert answer.mimetype == "application/problem+json"
    assert json.loads(answer.text)["code"] == "not-found"


@pytest.mark.parametrize(
    "path", ["/api/v1/auth/../../internal/x", "/api/v1/auth/%2e%2e/%2e%2e/%2e%2e/metrics"]
)
def test_dots_do_not_climb_out_of_a_service(upstream: str, tmp_path: Path, path: str) -> None:
    answer = open_front(upstream, tmp_path / "ready").get(path)
    assert answer.status_code == 404
    assert answer.get_json(force=True)["code"] == "not-found"


def test_unreachable_service_is_unavailable(tmp_path: Path) -> None:
    answer = open_front("http://127.0.0.1:9", tmp_path / "ready").get("/api/v1/auth/x")
    assert (answer.status_code, answer.get_json(force=True)["code"]) == (503, "unavailable")
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("method", "status", "tries"), [("GET", 200, 2), ("DELETE", 200, 2), ("POST", 503, 1)]
)
def test_only_idempotent_calls_are_sent_again_after_they_were_received(
    tmp_path: Path, method: str, status: int, tries: int
) -> None:
    with mortal_service() as (url, seen):
        answer = open_front(url, tmp_path / "ready").open("/api/v1/auth/x", method=method)
        assert (answer.status_code, seen) == (status, [method] * tries)


def test_body_over_20_mib_is_refused(upstream: str, tmp_path: Path) -> None:
    answer = open_front(upstream, tmp_path / "ready").post(
        "/api/v1/records/lists", data=b"x" * (21 * 1024 * 1024)
    )
    assert (answer.status_code, answer.get_json(force=True)["code"]) == (413, "body-too-large")


def test_healthy_only_when_services_and_sample_data_are_ready(upstream: str, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    door = open_front(upstream, ready)
    assert door.get("/healthz").status_code == 503
    ready.touch()
    assert door.get("/healthz").status_code == 200
    assert open_front("http://127.0.0.1:9", ready).get("/healthz").status_code == 503


@pytest.mark.parametrize("away", [*SERVICES, "portal"])
def test_healthz_wants_all_and_alive_only_inquiry(upstream: str, tmp_path: Path, away: str) -> None:
    (tmp_path / "ready").touch()
    environ = {f"GOVAH_{name.upper()}_URL": upstream for name in (*SERVICES, "portal")}
    environ |= {"GOVAH_READY_FILE": str(tmp_path / "ready")}
    assert create_app(environ).test_client().get("/healthz").status_code == 200
    door = create_app(environ | {f"GOVAH_{away.upper()}_URL": "http://127.0.0.1:9"}).test_client()
    assert door.get("/healthz").status_code == 503
    assert door.get("/alive").status_code == (503 if away == "inquiry" else 200)


@pytest.mark.parametrize("name", ["User-Agent", "Referer", "Authorization", "Idempotency-Key", "X-Any"])
def test_header_that_is_not_ascii_is_passed_on_unchanged(upstream: str, tmp_path: Path, name: str) -> None:
    door = open_front(upstream, tmp_path / "ready")
    answer = door.get(
        "/api/v1/auth/x", environ_overrides={f"HTTP_{name.upper().replace('-', '_')}": "\u00e9 x"}
    )
    assert answer.status_code == 200
    assert answer.get_json()["headers"][name] == "\u00e9 x"


@pytest.mark.parametrize("odd", ["%00", "%01", "%09", "%7f", "%23", "%3f", "%20", "%d8%a7", "%ff"])
def test_an_odd_path_stays_one_path(upstream: str, tmp_path: Path, odd: str) -> None:
    answer = open_front(upstream, tmp_path / "ready").get(f"/api/v1/auth/a{odd}b?q=%23%00")
    assert answer.status_code == 200
    assert answer.get_json()["path"].startswith("/api/v1/auth/a")
    assert answer.get_json()["path"].endswith("b?q=%23%00")


def test_exception_is_logged_without_the_path(
    upstream: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    door = open_front(upstream, tmp_path / "ready")

    def fail(token: str) -> Response:
        raise ValueError(token)

    door.application.add_url_rule("/broken/<token>", view_func=fail)
    answer = door.get("/broken/a-secret-token")
    assert (answer.status_code, answer.get_json(force=True)["code"]) == (500, "internal-error")
    written = capsys.readouterr()
    assert "request.failed" in written.err
    assert "a-secret-token" not in written.err + written.out


def test_unready_door_has_a_retry_after(tmp_path: Path) -> None:
    answer = open_front("http://127.0.0.1:9", tmp_path / "ready").get("/healthz")
    assert int(answer.headers["Retry-After"]) > 0


def test_unknown_method_names_the_allowed_ones(upstream: str, tmp_path: Path) -> None:
    answer = open_front(upstream, tmp_path / "ready").open("/api/v1/auth/x", method="PURGE")
    assert answer.get_json(force=True)["code"] == "method-not-allowed"
    assert {"GET", "POST"} <= set(answer.allow)
