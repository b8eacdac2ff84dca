"""The gateway's own errors: one problem document in Persian or English, whatever was wrong."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gateway.edge.front import create_app
from services import SERVICES
from services.kit.http.access import LARGE_BODY, MULTIPART_SLACK
from tests.service.kit.calls import read_problem

AWAY = "http://127.0.0.1:9"
TOO_LARGE = LARGE_BODY + MULTIPART_SLACK + 1


@pytest.fixture
def door(tmp_path: Path) -> FlaskClient:
    """Return the front door with no service behind it."""
    urls = {f"GOVAH_{name.upper()}_URL": AWAY for name in SERVICES}
    return create_app({**urls, "GOVAH_READY_FILE": str(tmp_path / "ready")}).test_client()


Call = Callable[[FlaskClient, dict[str, str]], TestResponse]
CALLS: dict[str, tuple[Call, int, str]] = {
    "unknown address": (lambda door, headers: door.get("/nothing", headers=headers), 404, "not-found"),
    "internal address": (lambda door, headers: door.get("/internal/x", headers=headers), 404, "not-found"),
    "unknown service": (
        lambda door, headers: door.post("/api/v1/pdfworker/x", headers=headers),
        404,
        "not-found",
    ),
    "dots": (
        lambda door, headers: door.get("/api/v1/auth/%2e%2e/internal", headers=headers),
        404,
        "not-found",
    ),
    "method": (
        lambda door, headers: door.open("/api/v1/auth/sessions", method="PROPFIND", headers=headers),
        405,
        "method-not-allowed",
    ),
    "body": (
        lambda door, headers: door.post("/api/v1/records/lists", data=bytes(TOO_LARGE), headers=headers),
        413,
        "body-too-large",
    ),
    "service away": (lambda door, headers: door.get("/api/v1/auth/x", headers=headers), 503, "unavailable"),
}


@pytest.mark.parametrize("name", CALLS)
def test_an_error_of_the_gateway_itself_is_a_problem_in_two_languages(door: FlaskClient, name: str) -> None:
    call, status, code = CALLS[name]
    persian = read_problem(call(door, {}), status, code)
    english_answer = call(door, {"Accept-Language": "en"})
    english = read_problem(english_answer, status, code)
    assert english_answer.headers["Content-Language"] == "en"
    for word in ("title", "detail"):
        assert english[word].isascii()
        assert any("؀" <= letter <= "ۿ" for letter in persian[word])


def test_a_wrong_method_names_the_right_ones(door: FlaskClient) -> None:
    answer = door.open("/api/v1/auth/sessions", method="PROPFIND")
    assert {"GET", "POST", "PUT", "PATCH", "DELETE"} <= set(answer.headers.get("Allow", "").split(", "))
