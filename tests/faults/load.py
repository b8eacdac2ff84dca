"""Callers that call until they are stopped, and what came of their calls."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from tests.faults.threads import run_threads

# Seconds after which a caller gives up a call.
GIVE_UP = 60


@dataclass(frozen=True)
class Call:
    """A request, and the status that it gets while all is well."""

    method: str
    path: str
    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: object = None


@dataclass
class Outcome:
    """How calls ended: how many, which failed by method and how, and the seconds of the longest."""

    calls: int = 0
    failed: Counter[tuple[str, str]] = field(default_factory=Counter)
    longest: float = 0.0

    def count_failed(self, *methods: str) -> int:
        """Return how many calls of these methods failed, of all if none is named."""
        return sum(count for (method, _), count in self.failed.items() if not methods or method in methods)


class Load:
    """Threads that make calls in turn, on a new connection each, or on kept ones."""

    def __init__(
        self, base_url: str, calls: Sequence[Call], *, callers: int, keep: bool = False, pause: float = 0.0
    ) -> None:
        self._base_url = base_url
        self._calls = calls
        self._keep = keep
        self._pause = pause
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._outcome = Outcome()
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(callers)]

    def take(self) -> Outcome:
        """Return what came of the calls since the last time."""
        with self._lock:
            outcome, self._outcome = self._outcome, Outcome()
        return outcome

    @contextmanager
    def running(self) -> Iterator["Load"]:
        """Call until the context is left."""
        with run_threads(self._threads, self._stop):
            yield self

    def _run(self, number: int) -> None:
        with self._open_client() as persistent:
            while not self._stop.is_set():
                call = self._calls[number % len(self._calls)]
                number += 1
                if self._keep:
                    self._measure_call(call, persistent.request)
                else:
                    with self._open_client() as one:
                        self._measure_call(call, one.request)
                self._stop.wait(self._pause)

    def _open_client(self) -> httpx.Client:
        return httpx.Client(base_url=self._base_url, verify=False, timeout=GIVE_UP, trust_env=False)

    def _measure_call(self, call: Call, send: Callable[..., httpx.Response]) -> None:
        began = time.monotonic()
        try:
            status = send(call.method, call.path, headers=dict(call.headers), json=call.body).status_code
            failure = "" if status == call.status else str(status)
        except httpx.TransportError as error:
            failure = type(error).__name__
        seconds = time.monotonic() - began
        with self._lock:
            self._outcome.calls += 1
            self._outcome.longest = max(self._outcome.longest, seconds)
            if failure:
                self._outcome.failed[call.method, failure] += 1
