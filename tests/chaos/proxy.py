"""What stands between two real processes and fails: a TCP proxy that forgets, a door that loses answers.

The tests of named faults put these into the addresses that a process is given.
"""

import http.client
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

CHUNK = 65536
# What stands at the head of a connection that is closed by a reset, not by a farewell (socket(7)).
NO_FAREWELL = struct.pack("ii", 1, 0)


class _Link:
    """One connection from a client, and the one to the target that stands for it."""

    def __init__(self, client: socket.socket) -> None:
        self.client = client
        self.target: socket.socket | None = None
        self.frozen = False
        self.is_reset = False

    def list_sockets(self) -> list[socket.socket]:
        return [end for end in (self.client, self.target) if end is not None]

    def end(self) -> None:
        for end in self.list_sockets():
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def reset(self) -> None:
        self.is_reset = True
        for end in self.list_sockets():
            with suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_FAREWELL)
                end.shutdown(socket.SHUT_RDWR)
            end.close()


class Proxy:
    """Forwards connections to `target` from a free loopback port until told otherwise."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self._frozen = False
        self._links: list[_Link] = []
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self.port: int = self._listener.getsockname()[1]

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._accepting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Closing alone leaves an accept() that waits, and it would take one client more.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listener.close()
        self.cut()

    def freeze(self) -> None:
        """Forward nothing more, either way, and close nothing; new connections are taken and not heard."""
        with self._lock:
            self._frozen = True
            for link in self._links:
                link.frozen = True

    def heal(self) -> None:
        """Forward what connects from now on; connections that were frozen stay dead and open."""
        with self._lock:
            self._frozen = False

    def cut(self) -> None:
        """Reset every connection, the frozen ones too."""
        with self._lock:
            links, self._links = self._links, []
        for link in links:
            link.reset()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            link = _Link(client)
            with self._lock:
                link.frozen = self._frozen
                self._links.append(link)
            if not link.frozen:
                threading.Thread(target=self._connect, args=(link,), daemon=True).start()

    def _connect(self, link: _Link) -> None:
        try:
            link.target = socket.create_connection(self.target, timeout=5)
        except OSError:
            link.reset()
            return
        if link.is_reset:
            link.target.close()
            return
        link.target.settimeout(None)
        for end in link.list_sockets():
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for direction in ((link.client, link.target), (link.target, link.client)):
            threading.Thread(target=_forward, args=(link, *direction), daemon=True).start()


def _forward(link: _Link, source: socket.socket, sink: socket.socket) -> None:
    """Forward one direction until either end closes. A frozen link drops all of it, a close too."""
    with suppress(OSError):
        while data := source.recv(CHUNK):
            if not link.frozen:
                sink.sendall(data)
        if not link.frozen:
            link.end()


class Fate(StrEnum):
    """What becomes of one call that comes to a door."""

    FORWARDED = "forwarded"
    REFUSED = "refused"  # answered with 500, never seen by the service
    ANSWER_LOST = (
        "answer-lost"  # done by the service, and the connection breaks before the caller learns of it
    )


@dataclass
class Door:
    """An HTTP door before a service; `decide(method, path)` says what becomes of each call."""

    port: int
    decide: Callable[[str, str], Fate] = lambda _method, _path: Fate.FORWARDED
    seen: list[tuple[str, str, Fate]] = field(default_factory=list)

    @property
    def find_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def door(target: tuple[str, int]) -> Iterator[Door]:
    """Open a door on a free loopback port before the service at `target`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base class's name
            pass

        def handle_call(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            path = self.path.partition("?")[0]
            fate = opened.decide(self.command, path)
            opened.seen.append((self.command, path, fate))
            if fate is Fate.REFUSED:
                self.send_reply(500, {"Content-Type": "text/plain"}, b"refused")
                return
            try:
                with closing(http.client.HTTPConnection(*target, timeout=30)) as service:
                    service.request(self.command, self.path, body, dict(self.headers))
                    reply = service.getresponse()
                    content = reply.read()
            except (OSError, http.client.HTTPException):
                # As if the caller had found nobody.
                self.close_connection = True
                return
            if fate is Fate.ANSWER_LOST:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_FAREWELL)
                self.close_connection = True
                return
            self.send_reply(reply.status, dict(reply.getheaders()), content)

        def send_reply(self, status: int, headers: dict[str, str], content: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() not in {"content-length", "connection", "date", "server"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = handle_call  # noqa: N815 -- as the base class looks for them

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    opened = Door(server.server_port)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield opened
    finally:
        server.shutdown()
        server.server_close()
