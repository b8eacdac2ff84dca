"""People who use a system while it is replaced: letters, permits, inquiries, lists. Retries are counted.

A client retries a call that got no answer, or 502 to 504, with the same Idempotency-Key.
"""

import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from govah.local.list_files import ListPair
from tests.faults.threads import run_threads
from tests.waiting import PATIENCE, wait_until

UNAVAILABLE = {502, 503, 504}
# Nobody may ask for more in a day.
LETTERS_A_PERSON = 9
PAUSE = 0.3


@dataclass
class Counts:
    """Calls so far, and why which of them were sent again."""

    calls: int = 0
    retried: Counter[str] = field(default_factory=Counter)


class Client:
    """Calls with a token, again if need be; for one thread."""

    def __init__(self, base_url: str, token: str, counts: Counts) -> None:
        limits = httpx.Limits(max_keepalive_connections=0)
        self._http = httpx.Client(base_url=base_url, timeout=30, limits=limits, trust_env=False)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._counts = counts

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Return the answer, whatever its status below 500. Raise AssertionError after PATIENCE seconds."""
        headers = {"Idempotency-Key": str(uuid.uuid4()), **self._headers}
        self._counts.calls += 1
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                answer = self._http.request(method, f"/api/v1{path}", headers=headers, **options)
            except httpx.TransportError as error:
                reason = type(error).__name__
            else:
                if answer.status_code not in UNAVAILABLE:
                    assert answer.status_code < 500, f"{method} {path}: {answer.status_code} {answer.text}"
                    return answer
                reason = str(answer.status_code)
            self._counts.retried[f"{method} {path.partition('?')[0]}: {reason}"] += 1
            time.sleep(0.5)
        raise AssertionError(f"{method} {path}: no answer in {PATIENCE:g} seconds")


@dataclass
class Done:
    """What the system has accepted, and so must have and do."""

    # Request and its person's token.
    letters: list[tuple[str, str]] = field(default_factory=list)
    # National code, code, and whether the permit was revoked.
    permits: list[tuple[str, str, bool]] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Citizen:
    """An insured person: national code and token."""

    national_code: str
    token: str


class Traffic:
    """Threads that use the system until they are stopped."""

    def __init__(
        self, base_url: str, citizens: Sequence[Citizen], officer: str, lists: Sequence[ListPair]
    ) -> None:
        self.done = Done()
        self.counts = {name: Counts() for name in ("letters", "permits", "lists")}
        self._base_url = base_url
        self._citizens, self._officer, self._lists = citizens, officer, lists
        self._stop = threading.Event()
        self._errors: list[BaseException] = []
        self._threads: list[threading.Thread] = []

    @contextmanager
    def running(self) -> Iterator["Traffic"]:
        """Use the system until the context is left. Raise what went wrong."""
        # Those who issue permits request their letters, too.
        half = len(self._citizens) // 2
        deeds: list[Callable[[], Iterator[None]]] = [
            lambda: self._request_letters(self._citizens[:half]),
            lambda: self._use_permits(self._citizens[half:]),
            self._import_lists,
        ]
        self._threads = [threading.Thread(target=self._run, args=(deed,)) for deed in deeds]
        with run_threads(self._threads, self._stop):
            yield self
        for error in self._errors:
            raise error

    def is_running(self) -> bool:
        """Return whether letters and permits are still being made: lists may have run out."""
        return all(thread.is_alive() for thread in self._threads[:2])

    def wait_for_more(self, letters: int, permits: int) -> None:
        """Return when this many letters and permits more have been made."""
        wanted = len(self.done.letters) + letters, len(self.done.permits) + permits

        def has_more() -> bool:
            return bool(self._errors) or (
                len(self.done.letters) >= wanted[0] and len(self.done.permits) >= wanted[1]
            )

        wait_until(has_more, "the traffic stands still")
        for error in self._errors:
            raise error

    @property
    def calls(self) -> int:
        return sum(counts.calls for counts in self.counts.values())

    @property
    def retried(self) -> Counter[str]:
        return sum((counts.retried for counts in self.counts.values()), Counter())

    def _run(self, deed: Callable[[], Iterator[None]]) -> None:
        try:
            for _ in deed():
                if self._stop.wait(PAUSE):
                    return
        except BaseException as error:  # noqa: BLE001 -- `running` raises it where it is seen
            self._errors.append(error)

    def _request_letter(self, citizen: Citizen, counts: Counts) -> tuple[Client, str]:
        client = Client(self._base_url, citizen.token, counts)
        wanted = {"types": ["all"], "agreement_version": 1, "agreed": True}
        answer = client.call("POST", "/disclosure/requests", json=wanted)
        assert answer.status_code == 202, answer.text
        self.done.letters.append((str(answer.json()["id"]), citizen.token))
        return client, str(answer.json()["id"])

    def _request_letters(self, citizens: Sequence[Citizen]) -> Iterator[None]:
        for _ in range(LETTERS_A_PERSON):
            for citizen in citizens:
                client, request_id = self._request_letter(citizen, self.counts["letters"])
                for path in (f"/disclosure/requests/{request_id}", "/disclosure/inbox", "/records/me"):
                    answer = client.call("GET", path)
                    assert answer.status_code == 200, answer.text
                yield

    def _use_permits(self, citizens: Sequence[Citizen]) -> Iterator[None]:
        for number, citizen in enumerate(citizen for _ in range(LETTERS_A_PERSON) for citizen in citizens):
            client, request_id = self._request_letter(citizen, self.counts["permits"])
            while True:
                request = client.call("GET", f"/disclosure/requests/{request_id}").json()
                assert request["status"] != "failed", request
                if request["status"] == "ready":
                    break
                yield
            body = {"letter_id": request["letter_id"], "valid_days": 30}
            issued = client.call("POST", "/inquiry/permits", json=body)
            assert issued.status_code == 201, issued.text
            revoked = number % 2 == 0
            code = str(issued.json()["code"])
            self.inquire(citizen.national_code, code, 200)
            if revoked:
                answer = client.call("DELETE", f"/inquiry/permits/{issued.json()['id']}")
                assert answer.status_code in {200, 204}, answer.text
            self.done.permits.append((citizen.national_code, code, revoked))
            yield

    def inquire(self, national_code: str, code: str, status: int) -> None:
        """Inquire for a code as anybody may. Raise AssertionError if the answer has another status."""
        client = Client(self._base_url, "", self.counts["permits"])
        body = {"national_code": national_code, "code": code}
        answer = client.call("POST", "/inquiry/inquiries", json=body)
        assert answer.status_code == status, f"{answer.status_code} {answer.text}"

    def _import_lists(self) -> Iterator[None]:
        client = Client(self._base_url, self._officer, self.counts["lists"])
        for pair in self._lists:
            files = {"header": pair.header.read_bytes(), "workers": pair.workers.read_bytes()}
            parts = {name: (f"{name}.dbf", data, "application/octet-stream") for name, data in files.items()}
            answer = client.call("POST", "/records/lists", files=parts)
            assert answer.status_code in {200, 201}, answer.text
            self.done.lists.append(str(answer.json()["id"]))
            yield
