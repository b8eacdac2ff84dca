"""Between people and the portal: the front door hands nobody's cookie to the next."""

import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from gateway.edge.front import create_app
from services import SERVICES


class Echo(BaseHTTPRequestHandler):
    """Gives everybody a cookie and says which one came."""

    def do_GET(self) -> None:
        body = self.headers.get("Cookie", "none").encode()
        self.send_response(200)
        self.send_header("Set-Cookie", "govah=somebody")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's name
        """Say nothing."""


@pytest.fixture
def door(tmp_path: Path) -> Iterator[FlaskClient]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as portal:
        thread = threading.Thread(target=portal.serve_forever)
        thread.start()
        urls = {f"GOVAH_{name.upper()}_URL": "http://127.0.0.1:9" for name in SERVICES}
        urls |= {"GOVAH_PORTAL_URL": f"http://127.0.0.1:{portal.server_port}"}
        yield create_app({**urls, "GOVAH_READY_FILE": str(tmp_path)}).test_client(use_cookies=False)
        portal.shutdown()
        thread.join()


def test_cookie_is_returned_only_to_its_owner(door: FlaskClient) -> None:
    assert door.get("/home").headers["Set-Cookie"] == "govah=somebody"
    assert door.get("/home").text == "none"
    assert door.get("/home", headers={"Cookie": "govah=mine"}).text == "govah=mine"


def test_a_form_that_is_too_large_gets_a_page(door: FlaskClient) -> None:
    body = io.BytesIO(bytes(25 * 1024 * 1024))
    answer = door.post("/officer/lists/uploads", input_stream=body, content_length=25 * 1024 * 1024)
    assert answer.status_code == 413
    assert answer.content_type == "text/html; charset=utf-8"
    assert "حداکثر ۲۰ مگابایت" in answer.text
    assert body.read(1) == b""


@pytest.mark.parametrize(
    "path", ["/metrics", "/readyz", "/internal/x", "/api/v2", "/l/a/b", "/%2e%2e/metrics"]
)
def test_paths_of_programs_have_no_page(door: FlaskClient, path: str) -> None:
    assert door.get(path).status_code == 404
