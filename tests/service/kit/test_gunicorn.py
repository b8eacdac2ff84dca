"""gunicorn as every service runs it: what it writes is JSON, and quotes nothing that a caller sent."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import svcs
from flask import Flask, request

from services.kit.health import new_health_blueprint
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


@dataclass(frozen=True)
class Server:
    """A gunicorn that runs."""

    port: int
    process: subprocess.Popen[bytes]


def build_slow_app() -> Flask:
    """Return an app that takes a while to answer, beside the routes that every service has."""
    app = Flask("slow")
    svcs.flask.init_app(app)
    app.register_blueprint(new_health_blueprint("slow"))

    @app.route("/slow", methods=["POST"])
    def answer_slowly() -> str:
        # Until a file is there, if one is named.
        if path := request.args.get("until"):
            Path(f"{path}.begun").touch()
            wait_until(Path(path).exists)
        return request.get_data(as_text=True)

    return app


@contextmanager
def gunicorn(application: str, log: Path, **settings: str) -> Iterator[Server]:
    """Run gunicorn; yield it."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "--config", "python:services.kit.http.gunicorn"]
    module = "tests.service.kit.test_gunicorn"
    with log.open("w") as written:
        process = subprocess.Popen(
            [*command, "--threads", "8", "--bind", f"127.0.0.1:{port}", f"{module}:{application}"],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)} | settings,
            stdout=written,
            stderr=written,
        )
    try:
        yield Server(port, process)
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
    with gunicorn("fail_request", log) as server:
        port = server.port
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


def call_slow(port: int, until: Path | None = None) -> str:
    """Return how a call on a connection of its own ends: `answered`, `refused`, or what broke."""
    try:
        answer = httpx.post(
            f"http://127.0.0.1:{port}/slow",
            params={"until": str(until)} if until else {},
            content="x",
            timeout=PATIENCE,
        )
    except httpx.ConnectError:
        return "refused"
    except httpx.TransportError as error:
        return type(error).__name__
    return "answered" if answer.text == "x" else str(answer.status_code)


def call_until_refused(port: int, ends: list[str]) -> None:
    """Add how calls end; the last one is the first that is refused."""
    while not ends or ends[-1] != "refused":
        ends.append(call_slow(port))


def test_no_connection_that_was_accepted_is_lost_at_the_end(tmp_path: Path) -> None:
    callers = 6
    with gunicorn("build_slow_app()", tmp_path / "log") as server, ThreadPoolExecutor(callers + 1) as pool:
        send(server.port, b"GET /healthz HTTP/1.0\r\n\r\n")
        long_call = pool.submit(call_slow, server.port, tmp_path / "end")
        ends: list[list[str]] = [[] for _ in range(callers)]
        many = [pool.submit(call_until_refused, server.port, one) for one in ends]
        wait_until(lambda: all(ends) and (tmp_path / "end.begun").exists())
        server.process.terminate()
        for one in many:
            one.result()
        # It listens no more while it answers what it has accepted.
        assert not long_call.done(), long_call.result()
        (tmp_path / "end").touch()
        assert long_call.result() == "answered"
    for own in ends:
        assert own == ["answered"] * (len(own) - 1) + ["refused"]


def test_a_process_that_will_end_is_not_ready_and_still_answers(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with gunicorn("build_slow_app()", log, GOVAH_DRAIN_SECONDS="600") as server:
        url = f"http://127.0.0.1:{server.port}"
        send(server.port, b"GET /healthz HTTP/1.0\r\n\r\n")
        assert httpx.get(f"{url}/readyz").status_code == 200
        server.process.terminate()
        wait_until(lambda: httpx.get(f"{url}/readyz").status_code == 503, lambda: log.read_text("utf-8"))
        assert httpx.get(f"{url}/readyz").json()["failed"] == ["draining"]
        assert call_slow(server.port) == "answered"
        server.process.send_signal(signal.SIGQUIT)
