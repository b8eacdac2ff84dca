"""The job `demo` of compose makes what is missing, and nothing where all is there."""

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from deploy.compose.demo import complete_accounts, main

BASE_URL = "http://govah.test"


class Door(ThreadingHTTPServer):
    """A front door behind which all is ready; it lets people in, or does not know them."""

    status = 200
    signed_in = 0


class Handler(BaseHTTPRequestHandler):
    server: Door

    def do_GET(self) -> None:
        self.send_answer(200)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.signed_in += 1
        self.send_answer(self.server.status)

    def send_answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base class's name
        """Log nothing."""


@contextmanager
def running_door(status: int) -> Iterator[tuple[Door, str]]:
    with Door(("127.0.0.1", 0), Handler) as door:
        door.status = status
        thread = threading.Thread(target=door.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield door, f"http://127.0.0.1:{door.server_port}"
        finally:
            door.shutdown()
            thread.join()


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GOVAH_MESSAGES_FILE", str(tmp_path / "messages.jsonl"))
    monkeypatch.setenv("GOVAH_PUBLIC_URL", BASE_URL)
    # Without it no command of auth runs.
    monkeypatch.delenv("GOVAH_DATABASE_URL", raising=False)
    return tmp_path


def write_demo(data_dir: Path, **more: object) -> str:
    accounts = {**complete_accounts({}), "base_url": BASE_URL, "citizens": [{}], **more}
    text = json.dumps(accounts)
    (data_dir / "demo.json").write_text(text, "utf-8")
    return text


def test_it_makes_nothing_where_all_is_there(data_dir: Path) -> None:
    text = write_demo(data_dir)
    with running_door(200) as (door, edge):
        main(edge)
    assert door.signed_in == 1
    assert (data_dir / "demo.json").read_text("utf-8") == text


@pytest.mark.parametrize(
    ("status", "more"),
    [(401, {}), (200, {"citizens": []}), (200, {"base_url": "http://old.test"})],
    ids=["a new database", "people are missing", "another address"],
)
def test_it_makes_accounts_where_something_is_missing(
    data_dir: Path, status: int, more: dict[str, object]
) -> None:
    write_demo(data_dir, **more)
    with running_door(status) as (_, edge), pytest.raises(subprocess.CalledProcessError, match="officers"):
        main(edge)
