"""Reads one request from a connection and writes one answer to it, by h11's strict grammar of HTTP/1.1.

`server` calls `receive_head`, `receive_body` and `send`. Nothing here knows the application.
"""

import asyncio
import io
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

import h11

from gateway.edge.reception.bounds import Bounds

CHUNK = 64 * 1024
IN_MEMORY = 64 * 1024


class Unreadable(Exception):
    """The client sent an invalid or incomplete request; nothing of it is quoted."""


@dataclass
class Body:
    """The content of a request: its length, and a file with at most the allowed bytes."""

    length: int
    file: IO[bytes]
    is_whole: bool = True


@dataclass
class Wire:
    """A connection and the state of its conversation."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    bounds: Bounds
    http: h11.Connection

    @classmethod
    def open_on(cls, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, bounds: Bounds) -> "Wire":
        """Return a new conversation on a connection."""
        # Without a buffer `drain` returns only when everything is sent.
        writer.transport.set_write_buffer_limits(0)
        return cls(reader, writer, bounds, h11.Connection(h11.SERVER, max_incomplete_event_size=bounds.head))

    async def receive_event(self, deadline: float) -> h11.Event | type[h11.PAUSED]:
        """Return the client's next event.

        Raises Unreadable, and TimeoutError after `deadline`, a time of the running loop.
        """
        try:
            while (event := self.http.next_event()) is h11.NEED_DATA:
                async with asyncio.timeout_at(deadline):
                    self.http.receive_data(await self.reader.read(CHUNK))
        except h11.RemoteProtocolError as error:
            raise Unreadable from error
        assert event is not h11.NEED_DATA
        return event  # type: ignore[return-value]  # the rest of the union

    async def send(self, *events: h11.Event) -> None:
        """Write parts of an answer. Raises TimeoutError for a client that does not read them."""
        if data := b"".join(self.http.send(event) or b"" for event in events):
            self.writer.write(data)
            async with asyncio.timeout(self.bounds.answer_pause):
                await self.writer.drain()


async def receive_head(wire: Wire) -> h11.Request | None:
    """Return the head of the next request, None if the client has disconnected or is idle.

    Raises Unreadable, and TimeoutError for an incomplete head.
    """
    loop = asyncio.get_running_loop()
    if wire.http.trailing_data == (b"", False):
        try:
            async with asyncio.timeout(wire.bounds.idle):
                first = await wire.reader.read(CHUNK)
        except TimeoutError:
            return None
        if not first:
            return None
        wire.http.receive_data(first)
    event = await wire.receive_event(loop.time() + wire.bounds.head_within)
    if not isinstance(event, h11.Request):
        return None
    _check_head(event, wire.bounds)
    return event


def _check_head(request: h11.Request, bounds: Bounds) -> None:
    """Raise Unreadable for another protocol, a head that is too large, or two lengths of one body."""
    sizes = [len(name) + len(value) for name, value in request.headers]
    if request.http_version not in {b"1.0", b"1.1"}:
        raise Unreadable
    if len(request.target) > bounds.target or len(sizes) > bounds.fields:
        raise Unreadable
    if max(sizes, default=0) > bounds.field or sum(sizes) > bounds.head:
        raise Unreadable
    # Two programs could choose different ones (RFC 9112, 6.1).
    if {b"content-length", b"transfer-encoding"} <= {name for name, _ in request.headers}:
        raise Unreadable


def find_length(request: h11.Request) -> int:
    """Return the length of the body according to the head, 0 without one."""
    return next((int(value) for name, value in request.headers if name == b"content-length"), 0)


async def receive_body(wire: Wire, request: h11.Request, count: Callable[[int], None]) -> Body:
    """Return the whole content of a request; `count` is called with the size of every piece that is stored.

    Raises Unreadable, and TimeoutError for a client that is too slow.
    """
    if wire.http.they_are_waiting_for_100_continue:
        if find_length(request) > wire.bounds.body:
            return Body(find_length(request), io.BytesIO(), is_whole=False)
        await wire.send(h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue"))
    body = Body(0, tempfile.SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115 -- closed with the exchange
    try:
        await _store(wire, body, count)
    except BaseException:
        body.file.close()
        raise
    if not body.is_whole:
        body.length = max(body.length, find_length(request))
    body.file.seek(0)
    return body


async def _store(wire: Wire, body: Body, count: Callable[[int], None]) -> None:
    """Write what arrives into the body, up to its end or to the limit."""
    loop, bounds = asyncio.get_running_loop(), wire.bounds
    began, pieces = loop.time(), 0
    while body.is_whole:
        by_rate = began + bounds.pause + body.length / bounds.rate
        event = await wire.receive_event(min(by_rate, loop.time() + bounds.pause))
        if isinstance(event, h11.EndOfMessage):
            return
        assert isinstance(event, h11.Data)
        pieces += 1
        body.length += len(event.data)
        if pieces > bounds.pieces + body.length // bounds.piece:
            raise Unreadable
        if body.length <= bounds.body:
            count(len(event.data))
            body.file.write(event.data)
        body.is_whole = body.length <= bounds.dropped
