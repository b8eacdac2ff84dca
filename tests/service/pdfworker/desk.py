"""Disclosure on a port, a fake auth beside it, and real worker processes."""

import json
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from flask import Flask, jsonify
from flask.typing import ResponseReturnValue
from prometheus_client.parser import text_string_to_metric_families

from services.pdfworker.signing import authority
from tests.forking import Fork, open_forker
from tests.service.disclosure.desk import Desk as DisclosureDesk
from tests.tokens import mint
from tests.waiting import PATIENCE, wait_until


@dataclass
class Worker:
    """A worker process."""

    process: Fork
    log: Path
    metrics_url: str

    def stop(self) -> int:
        """Return the exit code after a graceful stop."""
        self.process.terminate()
        return self.process.wait(timeout=PATIENCE)

    def read_log(self) -> list[dict[str, Any]]:
        """Return the complete lines of the log."""
        # The last line may be incomplete.
        complete, _, _ = self.log.read_text("utf-8").rpartition("\n")
        return [json.loads(line) for line in complete.splitlines()]

    def read_metric(self, name: str) -> float:
        """Return the value of a metric without labels, 0 if the worker does not have it."""
        families = text_string_to_metric_families(httpx.get(self.metrics_url).text)
        samples = (sample for family in families for sample in family.samples)
        return next((sample.value for sample in samples if sample.name == name), 0)


@dataclass
class Desk:
    """Disclosure with its loops running, and the workers that a test starts."""

    disclosure: DisclosureDesk
    url: str
    directory: Path

    @contextmanager
    def run_worker(self, **settings: str) -> Iterator[Worker]:
        """Run a worker process with some other settings; kill it at the end if it still runs."""
        log, counts = self.directory / "worker.log", self.directory / "counts"
        counts.mkdir(exist_ok=True)
        keys = self.directory / "letters"
        authority.ensure_keys(keys)
        metrics = f"127.0.0.1:{find_free_port()}"
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("GOVAH_")},
            "GOVAH_BROKER_URL": self.disclosure.settings.broker_url,
            "GOVAH_AUTH_URL": f"{self.url}/auth",
            "GOVAH_DISCLOSURE_URL": self.url,
            "GOVAH_PUBLIC_URL": "https://govah.example",
            "GOVAH_CLIENT_SECRET_FILE": str(self.disclosure.settings.client_secret_file),
            "GOVAH_TEST_MODE": "true",
            "GOVAH_SIGNING_FILE": str(keys / authority.SIGNING),
            "GOVAH_SIGNING_PASSWORD_FILE": str(keys / authority.PASSWORD),
            "GOVAH_LETTER_KEY_FILE": str(keys / authority.LETTER_KEY),
            "GOVAH_METRICS_LISTEN": metrics,
            "PROMETHEUS_MULTIPROC_DIR": str(counts),
            **settings,
        }
        process = open_forker("worker-forker").start(["services.pdfworker"], environment, log)
        try:
            yield Worker(process, log, f"http://{metrics}/metrics")
        finally:
            process.kill()
            process.wait()

    def create_request(self) -> str:
        """Return the id of a new disclosure request."""
        return self.disclosure.create_request()

    def read_status(self, disclosure_id: str) -> str:
        """Return the status of a disclosure request."""
        return str(self.disclosure.get_request(disclosure_id)["status"])

    def expire_lease(self, disclosure_id: str) -> None:
        """Make the sweeper publish a request's task again at its next run."""
        self.disclosure.expire_lease(disclosure_id)

    def wait_until_ready(self, disclosure_ids: Sequence[str]) -> None:
        """Wait until all these disclosure requests have their letters."""

        def list_statuses() -> list[str]:
            return [self.read_status(disclosure_id) for disclosure_id in disclosure_ids]

        wait_until(lambda: set(list_statuses()) == {"ready"}, lambda: str(list_statuses()))


def find_free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def create_fake_auth() -> Flask:
    """Return an app that issues the worker's token to every caller."""
    app = Flask("auth")

    @app.post("/api/v1/auth/token")
    def issue_token() -> ResponseReturnValue:
        worker = mint("service", "pdfworker", "disclosure", ["disclosure:render"])
        return jsonify(access_token=worker, expires_in=600, token_type="Bearer")

    return app
