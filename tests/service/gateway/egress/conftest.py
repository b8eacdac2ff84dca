"""Fixtures of the egress proxy's tests: servers outside, and httpd between them and the callers."""

import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from asn1crypto import tsp

from deploy.system_packages import SYSTEM_PATH
from tests.fakes.time_stamps import create_tsa
from tests.service.gateway.nginx.desk import free_port
from tests.waiting import PATIENCE, wait_until

START = Path(__file__).resolve().parents[4] / "gateway" / "egress" / "start.sh"
HTTPD = Path(shutil.which("apache2", path=SYSTEM_PATH) or "apache2")
PATH = f"{HTTPD.parent}{os.pathsep}{os.environ['PATH']}"
# As root, httpd wants another user for its children.
AS_ROOT = ["-C", "User nobody", "-C", "Group nogroup"] if os.geteuid() == 0 else []


class Responder(BaseHTTPRequestHandler):
    """A time stamp authority."""

    tsa = create_tsa()

    def do_POST(self) -> None:
        """Answer a query with a time stamp."""
        query = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
        body = self.tsa.request_tsa_response(query).dump()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@dataclass
class Proxy:
    """A running egress proxy."""

    url: str
    log: Path

    @property
    def address(self) -> tuple[str, int]:
        url = httpx.URL(self.url)
        return url.host, url.port or 0


def build_environment(run_dir: Path, allowed: str, listen: str = "3128") -> dict[str, str]:
    return {"PATH": PATH, "EGRESS_RUN_DIR": str(run_dir), "EGRESS_ALLOW": allowed, "EGRESS_LISTEN": listen}


@pytest.fixture(scope="session")
def outside() -> Iterator[list[int]]:
    """Yield the ports of two time stamp authorities."""
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Responder) for _ in range(2)]
    for server in servers:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield [server.server_port for server in servers]
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def start_proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Proxy]]:
    """Return a function that starts a proxy with an allow-list."""
    running = []

    def start_proxy(allowed: str) -> Proxy:
        run_dir, port = tmp_path_factory.mktemp("egress"), free_port()
        run_dir.chmod(0o755)
        log = run_dir / "log"
        with log.open("w") as output:
            process = subprocess.Popen(
                [str(START), *AS_ROOT],
                env=build_environment(run_dir, allowed, f"127.0.0.1:{port}"),
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        running.append(process)
        proxy = Proxy(f"http://127.0.0.1:{port}", log)

        def has_started() -> bool:
            assert process.poll() is None, log.read_text()
            with suppress(httpx.TransportError):
                return httpx.get(proxy.url).status_code == 403
            return False

        wait_until(has_started)
        return proxy

    yield start_proxy
    for process in running:
        process.send_signal(signal.SIGWINCH)
        assert process.wait(PATIENCE) == 0
