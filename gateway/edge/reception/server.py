"""The listening side: who is connected, who has to go when there is no room, and what becomes of a request.

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
from gateway.edge.reception.wsgi import Answer, Application, call, make_environ
from services.kit import logging, problems

log = structlog.get_logger()


@dataclass(eq=False)
class Visit:
    """One connection; `since` is when it began to keep us waiting, None while we keep it waiting."""

    task: "asyncio.Task[None]"
    since: float | None
    spooled: int = 0


@dataclass
class Reception:
    """An application, the threads that it runs in, and who is connected."""

    application: Application
    bounds: Bounds = field(default_factory=Bounds)
    visits: set[Visit] = field(default_factory=set)
    spooled: int = 0
    is_stopping: bool = False

    def __post_init__(self) -> None:
        self.threads = ThreadPoolExecutor(self.bounds.threads, thread_name_prefix="door")

    async def welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer all requests of one connection, then close it."""
        task = asyncio.current_task()
        assert task is not None
        visit = Visit(task, asyncio.get_running_loop().time())
        self.visits.add(visit)
        self._make_room()
        wire = Wire.of(reader, writer, self.bounds)
        try:
            while not self.is_stopping and await self._exchange(wire, visit):
                pass
        except (OSError, TimeoutError, asyncio.CancelledError):
            # Gone, too slow, or sent away: there is nobody to tell.
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
        """Send away who has kept us waiting for the longest, until there is room for all others."""
        while len(self.visits) > self.bounds.connections or self.spooled > self.bounds.spooled:
            waiting = [visit for visit in self.visits if visit.since is not None]
            if not waiting:
                return
            oldest = min(waiting, key=lambda visit: visit.since or 0.0)
            self._forget(oldest)
            oldest.task.cancel()
            log.warning("connection.crowded-out")

    async def _exchange(self, wire: Wire, visit: Visit) -> bool:
        """Hear one request and answer it; tell whether another may follow on this connection."""
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
                answer = await self._ask(wire, request, body)
        except (Unreadable, TimeoutError) as error:
            log.warning("request.unreadable", reason=type(error).__name__)
            await self._refuse(wire)
            return False
        finally:
            self.spooled -= visit.spooled
            visit.spooled = 0
        visit.since = loop.time()
        with answer.file:
            await self._answer(wire, answer)
        if wire.http.our_state is h11.DONE and wire.http.their_state is h11.DONE:
            wire.http.start_next_cycle()
            return True
        await self._linger(wire)
        return False

    def _count(self, visit: Visit, size: int) -> None:
        if visit not in self.visits:
            return
        visit.spooled += size
        self.spooled += size
        self._make_room()

    async def _ask(self, wire: Wire, request: h11.Request, body: Body) -> Answer:
        """Return what the application says. Raises Unreadable."""
        client, *_ = wire.writer.get_extra_info("peername") or ("",)
        server = wire.writer.get_extra_info("sockname")
        environ = make_environ(request, body, client, server[:2])
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self.threads, call, self.application, environ
            )
        except Exception:
            # Whatever fails, the next request is answered.
            log.exception("request.failed")
            return _problem(problems.Problem())

    async def _answer(self, wire: Wire, answer: Answer) -> None:
        headers = [*answer.headers, *([(b"connection", b"close")] if self.is_stopping else [])]
        reason = responses.get(answer.status, "").encode("ascii")
        events: list[h11.Event] = [h11.Response(status_code=answer.status, headers=headers, reason=reason)]
        answer.file.seek(0)
        while data := answer.file.read(CHUNK):
            await wire.send(*events, h11.Data(data=data))
            events = []
        await wire.send(*events, h11.EndOfMessage())

    async def _refuse(self, wire: Wire) -> None:
        """Say that the request cannot be read; in Persian, since its language cannot be read either."""
        if wire.http.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            refusal = _problem(problems.BadRequest())
            with refusal.file:
                refusal.headers.append((b"connection", b"close"))
                await self._answer(wire, refusal)
            await self._linger(wire)

    async def _linger(self, wire: Wire) -> None:
        """Let the client read the answer: data that nobody takes would make the network throw it away."""
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(self.bounds.linger):
                wire.writer.write_eof()
                while await wire.reader.read(CHUNK):
                    pass

    async def stop(self) -> None:
        """Return once what was asked has been answered, or the time for that is over."""
        self.is_stopping = True
        for visit in [visit for visit in self.visits if visit.since is not None]:
            visit.task.cancel()
        tasks = [visit.task for visit in self.visits]
        if tasks:
            await asyncio.wait(tasks, timeout=self.bounds.stop_within)
        for task in tasks:
            task.cancel()
        self.threads.shutdown(wait=False, cancel_futures=True)


def _problem(problem: problems.Problem) -> Answer:
    """Return a problem document of the reception's own."""
    request_id = logging.new_request_id()
    body = json.dumps(problem.document("fa", request_id), ensure_ascii=False).encode()
    file = tempfile.SpooledTemporaryFile(CHUNK)  # noqa: SIM115 -- closed with the exchange
    file.write(body)
    said = {
        "content-type": "application/problem+json",
        "content-language": "fa",
        "content-length": str(len(body)),
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "x-request-id": request_id,
        "date": formatdate(usegmt=True),
    }
    return Answer(problem.status, [(name.encode(), value.encode()) for name, value in said.items()], file)


async def serve(
    application: Application, host: str, port: int, stopped: asyncio.Event, bounds: Bounds | None = None
) -> None:
    """Listen and answer until `stopped` is set, then end in order."""
    reception = Reception(application, bounds or Bounds())
    server = await asyncio.start_server(reception.welcome, host, port, limit=CHUNK, backlog=2048)
    await stopped.wait()
    server.close()
    await reception.stop()
