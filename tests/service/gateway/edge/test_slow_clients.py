"""Clients that send or read slowly, by the hundred, beside ordinary ones: those are all answered."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from gateway.edge.reception.bounds import Bounds
from tests.service.gateway.edge.door import Door, open_door, read_all

HEAD = b"POST /upload HTTP/1.1\r\nHost: x\r\n"
# What each sends of a request that never ends.
SLOW = {
    "silent": b"",
    "half a head": HEAD,
    "half a field": HEAD + b"X-Lo",
    "a body that does not come": HEAD + b"Content-Length: 1000000\r\n\r\n",
    "a body that stops": HEAD + b"Content-Length: 1000000\r\n\r\n" + b"x" * 100_000,
    "a chunk that stops": HEAD + b"Transfer-Encoding: chunked\r\n\r\nffff\r\nxx",
    "chunks without an end": HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n",
    "a large form": HEAD
    + b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 9000000\r\n\r\n--x",
    "a trailer without an end": HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\r\n",
}
# As many as any of these hold a thread in a server that reads while it works.
FEW_THREADS = Bounds(threads=2)


@contextmanager
def hold_connections(door: Door, count: int, sent: bytes) -> Iterator[list[socket.socket]]:
    """Yield connections that have sent some bytes and are silent."""
    connections = [door.connect() for _ in range(count)]
    try:
        for one in connections:
            one.sendall(sent)
        yield connections
    finally:
        for one in connections:
            one.close()


@pytest.mark.parametrize("count", [40, 200])
@pytest.mark.parametrize("name", SLOW)
def test_slow_uploads_do_not_block_others(name: str, count: int) -> None:
    with open_door(FEW_THREADS) as door, hold_connections(door, count, SLOW[name]):
        assert [door.is_answering() for _ in range(20)] == [True] * 20
        assert {request["path"] for request in door.reached} == {"/x"}


def test_clients_that_do_not_read_do_not_block_others() -> None:
    with (
        open_door(FEW_THREADS) as door,
        hold_connections(door, 40, b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n"),
    ):
        assert [door.is_answering() for _ in range(20)] == [True] * 20


def test_oldest_connection_is_closed_above_the_limit() -> None:
    bounds = Bounds(threads=2, connections=30)
    with open_door(bounds) as door, hold_connections(door, 100, SLOW["a body that stops"]) as connections:
        assert [door.is_answering() for _ in range(20)] == [True] * 20
        assert read_all(connections[0]) == b""
        connections[-1].setblocking(False)
        with pytest.raises(BlockingIOError):
            connections[-1].recv(1)


def test_oldest_connection_is_closed_above_the_limit_of_bytes() -> None:
    bounds = Bounds(threads=2, spooled=1_000_000)
    with open_door(bounds) as door, hold_connections(door, 30, SLOW["a body that stops"]) as connections:
        assert read_all(connections[0]) == b""
        assert [door.is_answering() for _ in range(20)] == [True] * 20


QUICK = Bounds(idle=0.3, head_within=0.3, pause=0.3, answer_pause=0.3, linger=0.3)


@pytest.mark.parametrize("name", SLOW)
def test_slow_client_is_disconnected(name: str) -> None:
    with open_door(QUICK) as door, hold_connections(door, 1, SLOW[name]) as [one]:
        assert read_all(one).startswith(b"HTTP/1.1 400 " if SLOW[name] else b"")
        assert door.reached == []


def send_slowly(one: socket.socket, piece: bytes) -> None:
    """Send a piece repeatedly until the other side closes the connection."""
    one.settimeout(0.05)
    for _ in range(400):
        try:
            one.sendall(piece)
            if one.recv(65536):
                break
        except TimeoutError:
            continue
        except OSError:
            break


def is_closed(one: socket.socket) -> bool:
    """Return whether the other side closes the connection within 20 seconds."""
    one.settimeout(20)
    try:
        read_all(one)
    except TimeoutError:
        return False
    return True


def test_dripping_body_is_disconnected() -> None:
    with (
        open_door(replace(QUICK, rate=1_000_000)) as door,
        hold_connections(door, 1, SLOW["a body that does not come"]) as [one],
    ):
        send_slowly(one, b"x")
        assert is_closed(one)
        assert door.reached == []


def test_dripping_head_is_disconnected() -> None:
    with open_door(QUICK) as door, hold_connections(door, 1, HEAD) as [one]:
        send_slowly(one, b"X: y\r\n")
        assert is_closed(one)
        assert door.reached == []


def test_slow_but_steady_body_is_accepted() -> None:
    with (
        open_door(Bounds(threads=1)) as door,
        hold_connections(door, 1, HEAD + b"Connection: close\r\nContent-Length: 10\r\n\r\n") as [one],
    ):
        for number in range(10):
            assert door.is_answering()
            one.sendall(b"%d" % number)
        assert b'"body": "0123456789"' in read_all(one)
