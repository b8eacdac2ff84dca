"""Two replicas of a service behind one name, of which one ends: which calls the other answers."""

import re
import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer

import pytest

from gateway.edge.generate import EDGE
from gateway.edge.routes import UPLOAD_WITHIN
from tests.service.gateway.nginx.desk import Echo, Edge, Upstream, free_port, running
from tests.service.gateway.nginx.name_server import NameServer, naming, silence_address

LIVING, ENDED = "127.0.0.1", "127.0.0.2"
# Calls of a test. The first address is drawn at random: one of two is never tried in 1 of 65,536 runs.
CALLS = 16
CLOSE_WITH_RESET = struct.pack("ii", 1, 0)


@contextmanager
def serving(server: Upstream | ThreadingTCPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Replicas:
    """The edge in front of a living replica of auth; the second address of its name is free."""

    edge: Edge
    names: NameServer
    port: int

    def call(self, method: str, times: int = CALLS) -> Counter[int]:
        """Return how often which status was answered."""
        return Counter(self.edge.send_request(method, "/api/v1/auth/x").status_code for _ in range(times))

    def count_tries(self) -> Counter[str]:
        """Return how often which addresses were tried, by their statuses."""
        return Counter(line["upstream_status"] for line in self.edge.read_access_log())


@pytest.fixture
def replicas(tmp_path: Path) -> Iterator[Replicas]:
    port = free_port()
    with ExitStack() as opened:
        living = Upstream((LIVING, port), Echo)
        living.name = LIVING
        opened.enter_context(serving(living))
        names = opened.enter_context(naming({"auth.test": [LIVING, ENDED]}))
        settings = {"EDGE_AUTH": f"auth.test:{port}", "EDGE_RESOLVER": names.address}
        edge = opened.enter_context(running(Edge(tmp_path, {}, settings)))
        yield Replicas(edge, names, port)


def test_replicas_share_the_calls(replicas: Replicas) -> None:
    second = Upstream((ENDED, replicas.port), Echo)
    second.name = ENDED
    with serving(second):
        answers = [replicas.edge.send_request("GET", "/api/v1/auth/x").json() for _ in range(CALLS)]
    assert {answer["service"] for answer in answers} == {LIVING, ENDED}


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
def test_no_call_fails_at_a_replica_that_listens_no_more(replicas: Replicas, method: str) -> None:
    assert replicas.call(method) == {200: CALLS}
    assert replicas.count_tries().keys() == {"200", "502, 200"}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_call_fails_at_an_address_that_answers_nothing(replicas: Replicas, method: str) -> None:
    with silence_address(ENDED, replicas.port):
        assert replicas.call(method, times=4)[200] == 4
    assert replicas.count_tries().keys() <= {"200", "504, 200"}


class Cut(BaseRequestHandler):
    """Reads a request and resets the connection, as a process does that is killed meanwhile."""

    def handle(self) -> None:
        self.request.recv(65536)
        self.server.cut.append(1)  # type: ignore[attr-defined]
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, CLOSE_WITH_RESET)


def test_only_idempotent_calls_are_sent_again_after_they_were_received(replicas: Replicas) -> None:
    server = ThreadingTCPServer((ENDED, replicas.port), Cut, bind_and_activate=False)
    server.allow_reuse_address = True
    received: list[int] = []
    server.cut = received  # type: ignore[attr-defined]
    server.server_bind()
    server.server_activate()
    with serving(server):
        for method in ("GET", "PUT", "DELETE"):
            assert replicas.call(method) == {200: CALLS}
        received.clear()
        posts = replicas.call("POST")
    assert posts == {200: CALLS - len(received), 503: len(received)}
    assert received


def read_setting(name: str) -> str:
    match = re.search(rf"^{name} (.+);$", (EDGE / "nginx" / "proxy.conf").read_text("utf-8"), re.MULTILINE)
    assert match, name
    return match[1]


def test_bounds_of_a_small_call() -> None:
    seconds = partial(re.sub, "s$", "")
    connect, between, read = (
        float(seconds(read_setting(f"proxy_{name}_timeout"))) for name in ("connect", "next_upstream", "read")
    )
    tries = int(read_setting("proxy_next_upstream_tries"))
    assert connect == 1
    # An answer that is slow is not requested again: it may be slow everywhere.
    assert tries * connect < between < read <= 20 < UPLOAD_WITHIN
