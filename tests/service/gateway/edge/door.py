"""A reception with an application that says what reached it, for tests that speak to it by bare sockets."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from gateway.edge.reception.bounds import Bounds
from gateway.edge.reception.server import serve
from tests.service.gateway.nginx.conftest import free_port
from tests.waiting import PATIENCE


@dataclass
class Door:
    """A running reception; `reached` holds what its application was asked, in that order."""

    port: int
    reached: list[dict[str, Any]] = field(default_factory=list)
    may_answer: threading.Event = field(default_factory=threading.Event)

    def application(self, environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        """Answer with what was asked; `/large` with 8 MiB, `/wait` later, when `may_answer` is set."""
        headers = {name: value for name, value in environ.items() if name.startswith(("HTTP_", "CONTENT_"))}
        body = environ["wsgi.input"].read()
        asked = {
            "method": environ["REQUEST_METHOD"],
            "path": environ["PATH_INFO"],
            "query": environ["QUERY_STRING"],
            "client": environ["REMOTE_ADDR"],
            "body": body.decode("latin-1") if len(body) < 100 else len(body),
            "headers": headers,
        }
        self.reached.append(asked)
        match environ["PATH_INFO"]:
            case "/fail":
                raise ValueError("a secret of the application")
            case "/wait":
                assert self.may_answer.wait(30)
            case "/large":
                start_response("200 OK", [("Content-Type", "text/plain")])
                for _ in range(128):
                    yield bytes(64 * 1024)
                return
        data = json.dumps(asked).encode()
        status = "413 Too Large" if int(environ["CONTENT_LENGTH"]) > len(body) else "200 OK"
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(data)))])
        yield data if environ["REQUEST_METHOD"] != "HEAD" else b""

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def send(self, sent: bytes) -> bytes:
        """All that comes back for some bytes, up to the end of the connection."""
        with self.connect() as one:
            one.sendall(sent)
            return read_all(one)

    def answers(self) -> bool:
        """Tell whether an ordinary request is answered."""
        return self.send(b"GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").startswith(
            b"HTTP/1.1 200 "
        )


def read_all(one: socket.socket) -> bytes:
    found = b""
    try:
        while data := one.recv(65536):
            found += data
    except ConnectionResetError:
        pass
    return found


@contextmanager
def open_door(bounds: Bounds | None = None) -> Iterator[Door]:
    """A reception on a free port, until the end of the block."""
    door = Door(free_port())
    ready, stops = threading.Event(), []

    async def run() -> None:
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        stops.append(lambda: loop.call_soon_threadsafe(stopped.set))
        serving = asyncio.create_task(serve(door.application, "127.0.0.1", door.port, stopped, bounds))
        await asyncio.sleep(0.05)
        ready.set()
        await serving

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    assert ready.wait(20)
    try:
        yield door
    finally:
        stops[0]()
        thread.join(30)
        assert not thread.is_alive()
