"""gunicorn as every service runs it: what it writes is JSON, and quotes nothing that a caller sent."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from services.kit.http import gunicorn as configuration
from tests.waiting import PATIENCE, wait_until

ROOT = Path(__file__).resolve().parents[3]
SECRET = "1234567890123456"


def fail_request(environ: dict[str, Any], start_response: object) -> list[bytes]:
    """Fail in a way no service does."""
    raise RuntimeError(SECRET)


def refuse_to_start() -> None:
    """Raise what `serve()` raises when a setting is missing."""
    from services.kit.settings import SettingsError  # noqa: PLC0415 -- only in gunicorn's process

    raise SettingsError("GOVAH_MISSING: Field required")


@contextmanager
def gunicorn(application: str, log: Path) -> Iterator[int]:
    """Run gunicorn; yield its port."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "--config", "python:services.kit.http.gunicorn"]
    module = "tests.service.kit.test_gunicorn"
    with log.open("w") as written:
        process = subprocess.Popen(
            [*command, "--bind", f"127.0.0.1:{port}", f"{module}:{application}"],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=written,
            stderr=written,
        )
    try:
        yield port
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


def send(port: int, sent: bytes) -> bytes:
    """Return the response; wait until the server listens."""
    connection = wait_until(lambda: connect(port), "the server does not listen")
    assert connection
    with connection:
        connection.sendall(sent)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def connect(port: int) -> socket.socket | None:
    try:
        return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    except ConnectionRefusedError:
        return None


def read_lines(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()]


def test_what_a_caller_sent_is_in_no_line(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with gunicorn("fail_request", log) as port:
        answer = send(port, f"GET /documents/{SECRET} HTTP/1.0\r\nAuthorization: {SECRET}\r\n\r\n".encode())
        assert b" 500 " in answer
        assert b" 400 " in send(port, f"{SECRET} /{SECRET}\r\n\r\n".encode())
    assert SECRET not in log.read_text("utf-8")
    output = read_lines(log)
    [failed] = [line for line in output if line["event"] == "Error handling request"]
    assert failed["exception"][0].startswith("RuntimeError: ")
    assert "fail_request" in failed["exception"][0]
    assert "Invalid request" in {line["event"] for line in output}


def test_service_that_does_not_start_prints_its_own_reason(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with gunicorn("refuse_to_start()", log):
        wait_until(lambda: "GOVAH_MISSING" in log.read_text("utf-8"), lambda: log.read_text("utf-8"))
    # gunicorn adds the bare sentence, for a person at the terminal.
    first = json.loads(log.read_text("utf-8").splitlines()[0])
    assert (first["event"], first["service"]) == ("Exception in worker process", "gunicorn")
    assert first["exception"][0].startswith("SettingsError (GOVAH_MISSING: Field required): ")


def test_a_kept_connection_is_given_up_by_the_caller_first() -> None:
    expiry = httpx.Limits().keepalive_expiry
    assert expiry is not None
    assert configuration.keepalive > expiry
