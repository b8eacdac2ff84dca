"""Disclosure on a port, a stand-in for auth beside it, and the real worker process."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask, jsonify
from flask.typing import ResponseReturnValue
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import make_server

from services.disclosure.background import new_loops
from services.kit.loops import run_loop
from services.pdfworker.signing import authority
from tests.service.disclosure.desk import Desk, open_desk
from tests.tokens import mint
from tests.waiting import PATIENCE, wait_until

ROOT = Path(__file__).resolve().parents[3]


@dataclass
class Worker:
    """One worker process."""

    process: subprocess.Popen[bytes]
    log: Path
    metrics: str

    def stop(self) -> int:
        """Ask it to end, and wait; its exit code."""
        self.process.terminate()
        return self.process.wait(timeout=PATIENCE)


@dataclass
class Plant:
    """Disclosure with its loops running, and whatever workers a test starts."""

    world: Desk
    url: str
    directory: Path

    @contextmanager
    def worker(self, **settings: str) -> Iterator[Worker]:
        """A running worker process, with other settings where given; killed at the end if it still runs."""
        log, counts = self.directory / "worker.log", self.directory / "counts"
        counts.mkdir(exist_ok=True)
        keys = self.directory / "letters"
        authority.ensure(keys)
        metrics = f"127.0.0.1:{free_port()}"
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GOVAH_")},
            "GOVAH_BROKER_URL": self.world.settings.broker_url,
            "GOVAH_AUTH_URL": f"{self.url}/auth",
            "GOVAH_DISCLOSURE_URL": self.url,
            "GOVAH_PUBLIC_URL": "https://govah.example",
            "GOVAH_CLIENT_SECRET_FILE": str(self.world.settings.client_secret_file),
            "GOVAH_TEST_MODE": "true",
            "GOVAH_SIGNING_FILE": str(keys / authority.SIGNING),
            "GOVAH_SIGNING_PASSWORD_FILE": str(keys / authority.PASSWORD),
            "GOVAH_LETTER_KEY_FILE": str(keys / authority.LETTER_KEY),
            "GOVAH_METRICS_LISTEN": metrics,
            "PROMETHEUS_MULTIPROC_DIR": str(counts),
            **settings,
        }
        with log.open("ab") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "services.pdfworker"],
                cwd=ROOT,
                env=environment,
                stdout=file,
                stderr=file,
            )
        try:
            yield Worker(process, log, f"http://{metrics}/metrics")
        finally:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def auth() -> Flask:
    """Gives a token to whoever asks."""
    app = Flask("auth")

    @app.post("/api/v1/auth/token")
    def token() -> ResponseReturnValue:
        worker = mint("service", "pdfworker", "disclosure", ["disclosure:render"])
        return jsonify(access_token=worker, expires_in=600, token_type="Bearer")

    return app


@pytest.fixture
def package() -> str:
    return "services.disclosure"


@pytest.fixture
def plant(sqlite_url: str, broker_url: str, tmp_path: Path) -> Iterator[Plant]:
    """Disclosure on a port of its own, with relay and sweeper at work."""
    with open_desk(sqlite_url, tmp_path, broker_url=broker_url) as world:
        server = make_server(
            "127.0.0.1", 0, DispatcherMiddleware(world.app, {"/auth": auth()}), threaded=True
        )
        loops = [
            loop
            for loop in new_loops(world.settings, world.sessions)
            if loop.name in {"publish-tasks", "sweeper"}
        ]
        stop = threading.Event()
        threads = [threading.Thread(target=run_loop, args=(loop, stop)) for loop in loops]
        threads.append(threading.Thread(target=server.serve_forever))
        for thread in threads:
            thread.start()
        yield Plant(world, f"http://127.0.0.1:{server.server_port}", tmp_path)
        stop.set()
        for loop in loops:
            loop.wake.set()
        server.shutdown()
        server.server_close()
        for thread in threads:
            thread.join()


def wait_until_ready(world: Desk, request_ids: Sequence[str]) -> None:
    """Wait for letters."""

    def requests() -> list[dict[str, object]]:
        return [world.get_request(request_id) for request_id in request_ids]

    wait_until(lambda: {request["status"] for request in requests()} == {"ready"}, lambda: str(requests()))
