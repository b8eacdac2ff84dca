"""The server: connections, which of them are closed to make room, and the exchange of a request.

`python -m gateway.edge.reception` calls `serve`.
"""

import asyncio
import json
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from http.client import responses

import h11
import structlog

from gateway.edge.reception.bounds import Bounds
from gateway.edge.reception.messages import CHUNK, Body, Unreadable, Wire, receive_body, receive_head
from gateway.edge.reception.wsgi import Answer, Application, build_environ, call_application
from services.kit import logging, problems

log = structlog.get_logger()


@dataclass(eq=False)
class Visit:
    """A connection; `since` is when the server began to wait for the client, None while the client waits."""

    task: "asyncio.Task[None]"
    since: float | None
    spooled: int = 0


@dataclass
class Reception:
    """An application, its threads, and the connections."""

    application: Application
    bounds: Bounds = field(default_factory=Bounds)
    visits: set[Visit] = field(default_factory=set)
    spooled: int = 0
    is_stopping: bool = False

    def __post_init__(self) -> None:
        self.threads = ThreadPoolExecutor(self.bounds.threads, thread_name_prefix="door")

    async def handle_connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer all requests of one connection, then close it."""
        task = asyncio.current_task()
        assert task is not None
        visit = Visit(task, asyncio.get_running_loop().time())
        self.visits.add(visit)
        self._make_room()
        wire = Wire.open_on(reader, writer, self.bounds)
        try:
            while not self.is_stopping and await self._handle_request(wire, visit):
                pass
        except (OSError, TimeoutError, asyncio.CancelledError):
            # Disconnected by either side, or too slow: no answer is possible.
            writer.transport.abort()
        finally:
            self._forget(visit)
            await self._close(writer)

    async def _close(self, writer: asyncio.StreamWriter) -> None:
        writer.close()
        try:
            async with asyncio.timeout(self.bounds.linger):
                await writer.wait_closed()
        except (OSError, TimeoutError, asyncio.CancelledError):
            writer.transport.abort()

    def _forget(self, visit: Visit) -> None:
        self.visits.discard(visit)
        self.spooled -= visit.spooled
        visit.spooled = 0

    def _make_room(self) -> None:
        """Disconnect the clients that have been sending for the longest, until there is room for others."""
        while len(self.visits) > self.bounds.connections or self.spooled > self.bounds.spooled:
            waiting = [visit for visit in self.visits if visit.since is not None]
            if not waiting:
                return
            oldest = min(waiting, key=lambda visit: visit.since or 0.0)
            self._forget(oldest)
            oldest.task.cancel()
            log.warning("connection.crowded-out")

    async def _handle_request(self, wire: Wire, visit: Visit) -> bool:
        """Receive a request and answer it; return whether another may follow on this connection."""
        loop = asyncio.get_running_loop()
        visit.since = loop.time()
        try:
            request = await receive_head(wire)
            if request is None:
                return False
            visit.since = loop.time()
            body = await receive_body(wire, request, lambda size: self._count(visit, size))
            with body.file:
                visit.since = None
                answer = await self._call_application(wire, request, body)
        except (Unreadable, TimeoutError) as error:
            log.warning("request.unreadable", reason=type(error).__name__)
            await self._refuse(wire)
            return False
        finally:
            self.spooled -= visit.spooled
            visit.spooled = 0
        visit.since = loop.time()
        with answer.file:
            await self._send_answer(wire, answer)
        if wire.http.our_state is h11.DONE and wire.http.their_state is h11.DONE:
            wire.http.start_next_cycle()
            return True
        await self._wait_for_close(wire)
        return False

    def _count(self, visit: Visit, size: int) -> None:
        if visit not in self.visits:
            return
        visit.spooled += size
        self.spooled += size
        self._make_room()

    async def _call_application(self, wire: Wire, request: h11.Request, body: Body) -> Answer:
        """Return the application's answer. Raises Unreadable."""
        client, *_ = wire.writer.get_extra_info("peername") or ("",)
        server = wire.writer.get_extra_info("sockname")
        environ = build_environ(request, body, client, server[:2])
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self.threads, call_application, self.application, environ
            )
        except Exception:
            # After any failure the next request is answered.
            log.exception("request.failed")
            return _build_problem(problems.Problem())

    async def _send_answer(self, wire: Wire, answer: Answer) -> None:
        headers = [*answer.headers, *([(b"connection", b"close")] if self.is_stopping else [])]
        reason = responses.get(answer.status, "").encode("ascii")
        events: list[h11.Event] = [h11.Response(status_code=answer.status, headers=headers, reason=reason)]
        answer.file.seek(0)
        while data := answer.file.read(CHUNK):
            await wire.send(*events, h11.Data(data=data))
            events = []
        await wire.send(*events, h11.EndOfMessage())

    async def _refuse(self, wire: Wire) -> None:
        """Send an error about an unreadable request; in Persian, since its language is unknown."""
        if wire.http.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            refusal = _build_problem(problems.BadRequest())
            with refusal.file:
                refusal.headers.append((b"connection", b"close"))
                await self._send_answer(wire, refusal)
            await self._wait_for_close(wire)

    async def _wait_for_close(self, wire: Wire) -> None:
        """Wait until the client has read the answer: closing with unread data would discard it."""
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(self.bounds.linger):
                wire.writer.write_eof()
                while await wire.reader.read(CHUNK):
                    pass

    async def stop(self) -> None:
        """Return once all requests are answered, or the time for that is over."""
        self.is_stopping = True
        for visit in [visit for visit in self.visits if visit.since is not None]:
            visit.task.cancel()
        tasks = [visit.task for visit in self.visits]
        if tasks:
            await asyncio.wait(tasks, timeout=self.bounds.stop_within)
        for task in tasks:
            task.cancel()
        self.threads.shutdown(wait=False, cancel_futures=True)


def _build_problem(problem: problems.Problem) -> Answer:
    """Return a problem document of the reception itself."""
    request_id = logging.new_request_id()
    body = json.dumps(problem.build_document("fa", request_id), ensure_ascii=False).encode()
    file = tempfile.SpooledTemporaryFile(CHUNK)  # noqa: SIM115 -- closed with the exchange
    file.write(body)
    headers = {
        "content-type": "application/problem+json",
        "content-language": "fa",
        "content-length": str(len(body)),
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "x-request-id": request_id,
        "date": formatdate(usegmt=True),
    }
    return Answer(problem.status, [(name.encode(), value.encode()) for name, value in headers.items()], file)


async def serve(
    application: Application, host: str, port: int, stopped: asyncio.Event, bounds: Bounds | None = None
) -> None:
    """Listen and answer until `stopped` is set, then end in order."""
    reception = Reception(application, bounds or Bounds())
    server = await asyncio.start_server(reception.handle_connection, host, port, limit=CHUNK, backlog=2048)
    await stopped.wait()
    server.close()
    await reception.stop()
