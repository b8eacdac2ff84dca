"""Citizens who request letters while servers fail, and which requests were accepted.

with Requesters(stack, people).running() as requesters:
    …                                     # what fails, fails here
    requesters.wait_for(40)               # this many more are accepted
lost = requesters.count_lost()
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import httpx

from tests.chaos.stack import Stack
from tests.faults.threads import run_threads
from tests.waiting import wait_until

PATH = "/api/v1/disclosure/requests"
# More than these nobody may request in a day.
LETTERS_A_PERSON = 10
CALLERS = 4
# Seconds between two requests of a caller: workers render some five letters a second.
PAUSE = 0.4


class Requesters:
    """Callers who request one letter after another, for one person after another."""

    def __init__(self, stack: Stack, people: Sequence[tuple[str, str]]) -> None:
        self.accepted: dict[str, str] = {}
        self.failed: Counter[str] = Counter()
        self.longest = 0.0
        self._stack = stack
        tokens = {person_id: stack.mint_token("citizen", person_id, "self") for person_id, _ in people}
        self._turns = iter(list(tokens.items()) * LETTERS_A_PERSON)
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run) for _ in range(CALLERS)]

    @contextmanager
    def running(self) -> Iterator["Requesters"]:
        """Request letters until the context is left."""
        with run_threads(self._threads, self._stop):
            yield self

    def wait_for(self, more: int) -> None:
        """Return when this many more requests were accepted."""
        target = len(self.accepted) + more
        wait_until(lambda: len(self.accepted) >= target, lambda: f"{len(self.accepted)} {self.failed}")

    def list_unfinished(self) -> list[str]:
        """Return the accepted requests that have no letter, or that the owner cannot see."""
        with httpx.Client(base_url=self._stack.find_url("disclosure"), timeout=30) as http:
            return [one for one, token in self.accepted.items() if not is_ready(http, one, token)]

    def _run(self) -> None:
        body = {"types": ["all"], "agreement_version": 1, "agreed": True}
        # A new connection each, as calls of many people have.
        while not self._stop.is_set():
            with self._lock:
                _, token = next(self._turns)
            began = time.monotonic()
            try:
                answer = httpx.post(
                    f"{self._stack.find_url('disclosure')}{PATH}",
                    json=body,
                    headers={"Authorization": f"Bearer {token}"},
                    timeout=60,
                )
                outcome = str(answer.status_code)
            except httpx.TransportError as error:
                outcome = type(error).__name__
            with self._lock:
                self.longest = max(self.longest, time.monotonic() - began)
                if outcome == "202":
                    self.accepted[str(answer.json()["id"])] = token
                else:
                    self.failed[outcome] += 1
            self._stop.wait(PAUSE)


def is_ready(http: httpx.Client, request_id: str, token: str) -> bool:
    """Return whether the owner sees that the letter of a request is ready."""
    answer = http.get(f"{PATH}/{request_id}", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code == 200 and answer.json()["status"] == "ready"
