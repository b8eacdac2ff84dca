"""Sends requests over some connections and measures the time of every answer, in a process of its own.

`send` is what benches call. The client is raw sockets: it takes some 30 µs of CPU a request, so that it is
never the bottleneck.
"""

import json
import selectors
import socket
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle
from typing import Any

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"
RECEIVE = 1 << 18


@dataclass(frozen=True)
class Call:
    """One request."""

    path: str
    method: str = "GET"
    headers: Mapping[str, str] | None = None
    body: str = ""

    def encode(self, *, keep_alive: bool) -> bytes:
        lines = [f"{self.method} {self.path} HTTP/1.1", "Host: govah.example"]
        lines += [f"{name}: {value}" for name, value in (self.headers or {}).items()]
        lines += [] if keep_alive else ["Connection: close"]
        body = self.body.encode()
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"] if body else []
        return "\r\n".join(lines).encode() + HEAD_END + body


@dataclass(frozen=True)
class Outcome:
    """The result: times in milliseconds, how many answers had which status, connections that broke."""

    answers: int
    seconds: float
    statuses: Mapping[str, int]
    p50: float
    p99: float
    broken: int
    cpu: float

    @property
    def rate(self) -> float:
        return self.answers / self.seconds


def send(
    port: int,
    calls: Sequence[Call],
    *,
    seconds: float = 0.0,
    connections: int = 8,
    keep_alive: bool = True,
) -> Outcome:
    """Send the calls repeatedly for `seconds`, or each once for 0, and wait for all answers."""
    plan = {
        "port": port,
        "calls": [asdict(call) for call in calls],
        "seconds": seconds,
        "connections": connections,
        "keep_alive": keep_alive,
    }
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=json.dumps(plan).encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    return Outcome(**json.loads(done.stdout))


class Connection:
    """One client: it sends its next request when the answer to the last one has come."""

    def __init__(self, address: tuple[str, int], calls: Iterator[bytes], *, keep_alive: bool) -> None:
        self._address, self._calls, self._keep_alive = address, calls, keep_alive
        self._received = b""
        self._awaited = -1
        self._begun = 0.0
        self._call = b""
        self.socket: socket.socket | None = None
        self.times: list[float] = []
        self.statuses: Counter[str] = Counter()
        self.broken = 0

    def begin(self) -> bool:
        """Send the next request. Return False after the last."""
        call = next(self._calls, None)
        if call is None:
            self.close()
            return False
        self._call, self._begun = call, time.perf_counter()
        self._send()
        return True

    def _send(self) -> None:
        self._received, self._awaited = b"", -1
        if self.socket is None:
            self.socket = socket.create_connection(self._address)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.sendall(self._call)

    def receive(self) -> bool:
        """Receive data. Return True when the answer is complete."""
        assert self.socket is not None
        try:
            data = self.socket.recv(RECEIVE)
        except ConnectionResetError:
            data = b""
        if not data:
            # A server may close an idle connection; the request is sent again.
            self.broken += 1
            self.close()
            self._send()
            return False
        self._received += data
        if self._awaited < 0:
            self._awaited = _find_length(self._received)
        if not 0 < self._awaited <= len(self._received):
            return False
        self.times.append(time.perf_counter() - self._begun)
        self.statuses[self._received[9:12].decode()] += 1
        if not self._keep_alive or b"connection: close" in self._received[: self._awaited].lower():
            self.close()
        return True

    def close(self) -> None:
        if self.socket is not None:
            self.socket.close()
            self.socket = None


def _find_length(received: bytes) -> int:
    """Return the length of the whole answer, or -1 while its head is incomplete."""
    end = received.find(HEAD_END)
    if end < 0:
        return -1
    head = received[:end].lower()
    at = head.find(LENGTH)
    if at < 0:
        raise ValueError("an answer without a length")
    return end + len(HEAD_END) + int(head[at + len(LENGTH) :].split(b"\r\n", 1)[0])


def run_plan(plan: Mapping[str, Any]) -> Outcome:
    """Run a plan in this process."""
    keep_alive = plan["keep_alive"]
    encode = [Call(**call).encode(keep_alive=keep_alive) for call in plan["calls"]]
    ends = time.perf_counter() + plan["seconds"] if plan["seconds"] else float("inf")
    calls = _limit_calls(ends, cycle(encode) if plan["seconds"] else iter(encode))
    address = ("127.0.0.1", plan["port"])
    clients = [Connection(address, calls, keep_alive=keep_alive) for _ in range(plan["connections"])]
    begun, cpu = time.perf_counter(), time.process_time()
    with selectors.DefaultSelector() as selector:
        for client in clients:
            if client.begin():
                selector.register(_get_socket(client), selectors.EVENT_READ, client)
        while selector.get_map():
            for key, _ in selector.select():
                _serve(selector, key.data, key.fileobj)
    passed = time.perf_counter() - begun
    times = sorted(time_ for client in clients for time_ in client.times)
    return Outcome(
        answers=len(times),
        seconds=passed,
        statuses=dict(sum((client.statuses for client in clients), Counter())),
        p50=statistics.median(times) * 1000,
        p99=times[int(len(times) * 0.99)] * 1000,
        broken=sum(client.broken for client in clients),
        cpu=time.process_time() - cpu,
    )


def _serve(selector: selectors.BaseSelector, client: Connection, before: Any) -> None:
    goes_on = client.begin() if client.receive() else True
    if client.socket is not before:
        selector.unregister(before)
        if goes_on:
            selector.register(_get_socket(client), selectors.EVENT_READ, client)


def _get_socket(client: Connection) -> socket.socket:
    assert client.socket is not None
    return client.socket


def _limit_calls(ends: float, calls: Iterator[bytes]) -> Iterator[bytes]:
    for call in calls:
        if time.perf_counter() > ends:
            return
        yield call


if __name__ == "__main__":
    json.dump(asdict(run_plan(json.load(sys.stdin))), sys.stdout)
