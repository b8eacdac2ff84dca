"""The background process: it sends a code immediately, and SIGTERM ends it cleanly."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, jsonify, request
from werkzeug.serving import make_server

from services.auth.settings import Settings
from tests.service.auth.desk import Desk, Person
from tests.waiting import PATIENCE, wait_until

SECRET = "a-secret-of-these-tests-that-is-long-enough"


@contextmanager
def serve(app: Flask) -> Iterator[str]:
    """Serve an app; return its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def build_other_services(person: Person) -> Flask:
    """Return an app with the routes of records and the feeds that auth calls, with a service token."""
    app = Flask("others")

    @app.post("/internal/people/match")
    def match_person() -> Any:
        assert request.headers["Authorization"].startswith("Bearer ey")
        is_match = request.get_json() == person.identity
        return jsonify(person_id=str(person.id) if is_match else None)

    @app.get("/internal/events")
    def list_events() -> Any:
        return jsonify(events=[], last=0)

    return app


def build_environment(settings: Settings, **changed: str) -> dict[str, str]:
    variables = {
        name: str(value) for name, value in settings.model_dump().items() if value is not None
    } | changed
    return os.environ | {f"GOVAH_{name.upper()}": value for name, value in variables.items()}


def test_the_process_sends_due_messages_and_stops_on_sigterm(desk: Desk, broker_url: str) -> None:
    for name in ("auth", "records", "disclosure", "inquiry", "pdfworker"):
        desk.write_secret(SECRET, f"{name}.secret")
    desk.run("clients", "ensure-services", "--secrets-dir", str(desk.directory))
    person = desk.add_person()
    with serve(desk.app) as auth, serve(build_other_services(person)) as others:
        addresses = {f"{name}_url": others for name in ("records", "disclosure", "inquiry")}
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "services.auth.app", "background"],
            env=build_environment(desk.settings, auth_url=auth, broker_url=broker_url, **addresses),
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert desk.post("/registrations", person.registration).status_code == 202
            sent = wait_for_message(desk, process)
        finally:
            process.send_signal(signal.SIGTERM)
            _, logs = process.communicate(timeout=PATIENCE)
    assert (sent["to"], sent["kind"]) == (person.mobile, "activation-code")
    assert process.returncode == 0
    for secret in (sent["code"], person.mobile, person.national_code, SECRET):
        # Moments and ids are full of digits too.
        assert not re.search(rf"(?<![0-9a-f.]){secret}(?![0-9a-f])", logs)
    assert "mobile-ownership.not-checked" in logs


def wait_for_message(desk: Desk, process: subprocess.Popen[str]) -> dict[str, str]:
    path = desk.settings.messages_file
    assert path
    wait_until(lambda: process.poll() is not None or path.exists(), "no message came")
    assert process.poll() is None, "the process has ended"
    # The file is made before its line is written.
    line = wait_until(lambda: path.read_text("utf-8").partition("\n")[0], "the message stays empty")
    message: dict[str, str] = json.loads(line)
    return message
