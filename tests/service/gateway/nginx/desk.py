"""The real nginx with the edge's configuration, in front of a fake of every service."""

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from deploy.system_packages import SYSTEM_PATH
from services import SERVICES
from services.kit.logging import accept_request_id
from tests.waiting import PATIENCE, wait_until

START = Path(__file__).resolve().parents[4] / "gateway" / "edge" / "nginx" / "start.sh"
UPSTREAMS = (*SERVICES, "portal")
PATH = f"{Path(shutil.which('nginx', path=SYSTEM_PATH) or 'nginx').parent}{os.pathsep}{os.environ['PATH']}"
# As root, nginx would run its workers as a user without access to a test's folder.
AS_ROOT = ["-g", "user root;"] if os.geteuid() == 0 else []


class Echo(BaseHTTPRequestHandler):
    """Answers with the request as JSON; `/status/409` is answered with that status."""

    server: "Upstream"
    protocol_version = "HTTP/1.1"

    def send_echo(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        match = re.fullmatch(r".*/status/(\d+)", self.path)
        status = int(match[1]) if match else 503 if self.server.unready and self.path == "/readyz" else 200
        echo = {"path": self.path, "method": self.command, "body": len(body), "service": self.server.name}
        data = json.dumps(echo | {"headers": dict(self.headers)}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("X-Content-Type-Options", "nosniff")
        # As services do (services/kit/logging.py).
        self.send_header("X-Request-ID", accept_request_id(self.headers.get("X-Request-ID")))
        self.end_headers()
        self.wfile.write(data)

    def __getattr__(self, name: str) -> Any:
        # The base class looks for do_GET, do_POST …
        if name.startswith("do_"):
            return self.send_echo
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base class's name
        """Log nothing."""


class Upstream(ThreadingHTTPServer):
    """A fake of one service."""

    name = ""
    unready = False
    # As gunicorn's; with the few of the base class, connections wait for a second under load.
    request_queue_size = 2048

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore clients that disconnect."""


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass
class Edge:
    """A running edge in front of its fakes."""

    run_dir: Path
    upstreams: dict[str, Upstream]
    settings: dict[str, str] = field(default_factory=dict)

    def build_environment(self) -> dict[str, str]:
        addresses = {
            f"EDGE_{name.upper()}": f"127.0.0.1:{server.server_port}"
            for name, server in self.upstreams.items()
        }
        own = {
            "PATH": PATH,
            "EDGE_RUN_DIR": str(self.run_dir),
            "EDGE_ACCESS_LOG": str(self.run_dir / "access.log"),
            "EDGE_CERTIFICATE": str(self.run_dir / "no-certificate"),
            "EDGE_CERTIFICATE_KEY": str(self.run_dir / "no-key"),
            "EDGE_ACME": str(self.run_dir / "acme"),
            "EDGE_INCIDENT_DIR": str(self.run_dir / "incidents"),
        }
        return {**own, **addresses, **self.settings}

    def check(self) -> subprocess.CompletedProcess[str]:
        """Return the outcome of `start.sh -t`."""
        command = [str(START), "-t", *AS_ROOT]
        return subprocess.run(
            command, env=self.build_environment(), capture_output=True, text=True, check=False
        )

    def fetch_certificate(self) -> str:
        """Return the certificate that it shows to new connections."""
        address = "127.0.0.1", int(self.settings["EDGE_HTTPS_PORT"])
        return ssl.get_server_certificate(address, timeout=PATIENCE)

    def reload(self) -> subprocess.CompletedProcess[str]:
        """Return the outcome of `start.sh reload`."""
        return subprocess.run(
            [str(START), "reload"], env=self.build_environment(), capture_output=True, text=True, check=False
        )

    @property
    def base_url(self) -> str:
        if "EDGE_PUBLIC_URL" in self.settings:
            return f"https://127.0.0.1:{self.settings['EDGE_HTTPS_PORT']}"
        return f"http://127.0.0.1:{self.settings['EDGE_HTTP_PORT']}"

    def send_request(self, method: str, path: str, **kwargs: Any) -> httpx.Response:
        """Return the response to a request on a connection of its own, with the path unchanged."""
        verify = kwargs.pop("verify", True)
        with httpx.Client(verify=verify, http2=False, timeout=PATIENCE) as client:
            return client.request(method, f"{self.base_url}{path}", **kwargs)

    def send_bytes(self, sent: bytes) -> bytes:
        """Return the response to bytes that no client library would send."""
        address = "127.0.0.1", int(self.settings["EDGE_HTTP_PORT"])
        with socket.create_connection(address, timeout=PATIENCE) as sock:
            sock.sendall(sent)
            return b"".join(iter(lambda: sock.recv(65536), b""))

    def read_access_log(self) -> list[dict[str, Any]]:
        lines = (self.run_dir / "access.log").read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def has_logged(self, request_id: str) -> bool:
        """Wait until a line of the access log has this id; nginx writes it after the answer."""
        return wait_until(
            lambda: any(line["request_id"] == request_id for line in self.read_access_log()),
            f"no line names {request_id}",
        )

    def read_error_log(self) -> str:
        return (self.run_dir / "error.log").read_text("utf-8")

    @property
    def maintenance(self) -> Path:
        """The file whose existence is the maintenance."""
        return self.run_dir / "maintenance"


def make_certificate(directory: Path, days: int = 2) -> dict[str, str]:
    """Return the settings of an edge with a new self-signed certificate for 127.0.0.1."""
    directory.mkdir(exist_ok=True)
    names = ["-subj", "/CN=edge", "-addext", "subjectAltName=IP:127.0.0.1"]
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", str(days)]
    files = {"-out": directory / "fullchain.pem", "-keyout": directory / "privkey.pem"}
    command = ["openssl", "req", *kind, *names, *(str(word) for pair in files.items() for word in pair)]
    subprocess.run(command, check=True, capture_output=True)
    return {
        "EDGE_CERTIFICATE": str(files["-out"]),
        "EDGE_CERTIFICATE_KEY": str(files["-keyout"]),
        "EDGE_PUBLIC_URL": "https://govah.example",
    }


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def running(edge: Edge) -> Iterator[Edge]:
    """Yield the edge while its process runs."""
    edge.run_dir.mkdir(exist_ok=True)
    edge.settings.setdefault("EDGE_HTTP_PORT", str(free_port()))
    edge.settings.setdefault("EDGE_HTTPS_PORT", str(free_port()))
    edge.settings.setdefault("EDGE_METRICS_PORT", str(free_port()))
    with (edge.run_dir / "error.log").open("w") as errors:
        process = subprocess.Popen([str(START), *AS_ROOT], env=edge.build_environment(), stderr=errors)
    try:
        port = int(edge.settings["EDGE_HTTP_PORT"])
        wait_until(lambda: process.poll() is not None or is_listening(port), edge.read_error_log)
        assert process.poll() is None, edge.read_error_log()
        yield edge
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)
