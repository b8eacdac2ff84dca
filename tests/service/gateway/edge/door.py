"""A reception with an application that records its requests, for tests that use bare sockets."""

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
from tests.service.gateway.nginx.desk import free_port
from tests.waiting import PATIENCE


@dataclass
class Door:
    """A running reception; `reached` holds the requests of its application, in that order."""

    port: int
    reached: list[dict[str, Any]] = field(default_factory=list)
    may_answer: threading.Event = field(default_factory=threading.Event)

    def serve_request(self, environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        """Answer with the request; `/large` with 8 MiB, `/wait` later, when `may_answer` is set."""
        headers = {name: value for name, value in environ.items() if name.startswith(("HTTP_", "CONTENT_"))}
        body = environ["wsgi.input"].read()
        received = {
            "method": environ["REQUEST_METHOD"],
            "path": environ["PATH_INFO"],
            "query": environ["QUERY_STRING"],
            "client": environ["REMOTE_ADDR"],
            "body": body.decode("latin-1") if len(body) < 100 else len(body),
            "headers": headers,
        }
        self.reached.append(received)
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
        data = json.dumps(received).encode()
        status = "413 Too Large" if int(environ["CONTENT_LENGTH"]) > len(body) else "200 OK"
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(data)))])
        yield data if environ["REQUEST_METHOD"] != "HEAD" else b""

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)

    def send(self, sent: bytes) -> bytes:
        """Return the response to some bytes, up to the end of the connection."""
        with self.connect() as one:
            one.sendall(sent)
            return read_all(one)

    def is_answering(self) -> bool:
        """Return whether an ordinary request is answered."""
        return self.send(b"GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").startswith(
            b"HTTP/1.1 200 "
        )


def read_all(one: socket.socket) -> bytes:
    response = b""
    try:
        while data := one.recv(65536):
            response += data
    except ConnectionResetError:
        pass
    return response


@contextmanager
def open_door(bounds: Bounds | None = None) -> Iterator[Door]:
    """Yield a reception on a free port."""
    door = Door(free_port())
    ready, stops = threading.Event(), []

    async def run() -> None:
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        stops.append(lambda: loop.call_soon_threadsafe(stopped.set))
        serving = asyncio.create_task(serve(door.serve_request, "127.0.0.1", door.port, stopped, bounds))
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


CLOSE = b"Host: x\r\nConnection: close\r\n"
CHUNKED = b"Host: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
MALFORMED = {
    "nonsense": b"nonsense\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "version": b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    "http/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "asterisk": b"OPTIONS * HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "authority": b"CONNECT x:443 HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "relative": b"GET x HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "long target": b"GET /" + b"x" * 5000 + b" HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "endless target": b"GET /" + b"x" * 100_000,
    "long field": b"GET / HTTP/1.1\r\n" + CLOSE + b"X-Long: " + b"x" * 9000 + b"\r\n\r\n",
    "large head": b"GET / HTTP/1.1\r\n"
    + CLOSE
    + b"X-Long: xxxx\r\n" * 5
    + b"X: "
    + b"x" * 50_000
    + b"\r\n\r\n",
    "many fields": b"GET / HTTP/1.1\r\n" + CLOSE + b"X: y\r\n" * 100 + b"\r\n",
    "space before colon": b"GET / HTTP/1.1\r\n" + CLOSE + b"X : y\r\n\r\n",
    "bare cr in a field": b"GET / HTTP/1.1\r\n" + CLOSE + b"X: a\rb\r\n\r\n",
    "nul in a field": b"GET / HTTP/1.1\r\n" + CLOSE + b"X: a\0b\r\n\r\n",
    "nul in the target": b"GET /\0 HTTP/1.1\r\n" + CLOSE + b"\r\n",
    "folded field before any": b"GET / HTTP/1.1\r\n folded\r\n" + CLOSE + b"\r\n",
    "length and coding": b"POST / HTTP/1.1\r\nContent-Length: 4\r\n" + CHUNKED + b"4\r\nfour\r\n0\r\n\r\n",
    "coding and length": b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n"
    + CLOSE
    + b"\r\nfour",
    "two lengths": b"POST / HTTP/1.1\r\nContent-Length: 4\r\nContent-Length: 5\r\n" + CLOSE + b"\r\nfour",
    "length with a list": b"POST / HTTP/1.1\r\nContent-Length: 4, 5\r\n" + CLOSE + b"\r\nfour",
    "length with a sign": b"POST / HTTP/1.1\r\nContent-Length: +4\r\n" + CLOSE + b"\r\nfour",
    "negative length": b"POST / HTTP/1.1\r\nContent-Length: -4\r\n" + CLOSE + b"\r\nfour",
    "length in hex": b"POST / HTTP/1.1\r\nContent-Length: 0x4\r\n" + CLOSE + b"\r\nfour",
    "endless length": b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n" + CLOSE + b"\r\nfour",
    "other coding": b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n" + CLOSE + b"\r\nfour",
    "two codings": b"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n" + CLOSE + b"\r\n0\r\n\r\n",
    "hidden coding": b"POST / HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n" + CLOSE + b"\r\n0\r\n\r\n",
    "coding of an old client": b"POST / HTTP/1.0\r\nTransfer-Encoding: gzip\r\n\r\nfour",
    **{
        f"chunk {name}": b"POST / HTTP/1.1\r\n" + CHUNKED + body
        for name, body in {
            "extension with lf": b"4;a\nb\r\nfour\r\n0\r\n\r\n",
            "extension ends with lf": b"4;a\nfour\r\n0\r\n\r\n",
            "endless extension": b"4;" + b"a" * 100_000,
            "size of no digit": b"g\r\nfour\r\n0\r\n\r\n",
            "size with a sign": b"+4\r\nfour\r\n0\r\n\r\n",
            "negative size": b"-4\r\nfour\r\n0\r\n\r\n",
            "size with 0x": b"0x4\r\nfour\r\n0\r\n\r\n",
            "size with underscore": b"0_4\r\nfour\r\n0\r\n\r\n",
            "empty size": b"\r\nfour\r\n0\r\n\r\n",
            "endless size": b"0" * 30 + b"4\r\nfour\r\n0\r\n\r\n",
            "size with lf": b"4\nfour\r\n0\r\n\r\n",
            "longer than it says": b"3\r\nfour\r\n0\r\n\r\n",
            "shorter than it says": b"5\r\nfour\r\n0\r\n\r\n",
            "wrong end": b"4\r\nfourXX0\r\n\r\n",
            "wrong trailer": b"4\r\nfour\r\n0\r\nX y\r\n\r\n",
            "pieces of one byte": b"1\r\nx\r\n" * 2000 + b"0\r\n\r\n",
        }.items()
    },
}
