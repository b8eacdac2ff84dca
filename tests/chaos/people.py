"""Invented people and officers who use a stack by HTTP as patient clients do: what is away is asked again.

A call that gets no answer, or 503, is sent again with the same Idempotency-Key; a token that has expired is
renewed by signing in. Any other server error is a bug, and ends the run.
"""

import itertools
import random
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import httpx

from govah import samples
from govah.local.list_files import ListPair, find_lists
from services.kit.jalali import JalaliMonth, format_jalali_date, to_tehran_date
from tests.chaos.stack import Stack
from tests.waiting import PATIENCE

MONTHS, WORKSHOPS = 6, 4
LIVELY_LISTS = 3

_passwords = (f"سه اسب زرد در باران {number}" for number in itertools.count())


class Caller:
    """Somebody with an account, or a stranger without; may be used by one thread at a time."""

    # Of all callers together: what made them ask again.
    met: ClassVar[Counter[str]] = Counter()

    def __init__(self, stack: Stack, **credentials: str) -> None:
        self.credentials = credentials
        self._stack = stack
        self._token: str | None = None
        limits = httpx.Limits(max_keepalive_connections=0)
        self._http = httpx.Client(timeout=30, limits=limits)

    def call(
        self, method: str, service: str, path: str, headers: Mapping[str, str] | None = None, **kwargs: Any
    ) -> httpx.Response:
        """Return the response, whatever its status below 500. Give up after `PATIENCE` seconds."""
        deadline = time.monotonic() + PATIENCE
        sent = {"Idempotency-Key": str(uuid.uuid4()), **(headers or {})}
        while time.monotonic() < deadline:
            try:
                answer = self._http.request(
                    method,
                    f"{self._stack.find_url(service)}{path}",
                    headers={**sent, **self._build_headers()},
                    **kwargs,
                )
            except httpx.TransportError as error:
                self.met[type(error).__name__] += 1
            else:
                if answer.status_code == 401 and self._token and self.credentials:
                    self._token = None
                elif answer.status_code != 503:
                    assert answer.status_code < 500, f"{method} {path}: {answer.status_code} {answer.text}"
                    return answer
                self.met[str(answer.status_code)] += 1
            time.sleep(random.uniform(0.2, 0.6))
        raise AssertionError(f"{method} {service}{path}: no answer in {PATIENCE:g} seconds")

    def get(self, service: str, path: str, **params: Any) -> Any:
        answer = self.call("GET", service, f"/api/v1/{service}{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, service: str, path: str, body: Any = None) -> httpx.Response:
        return self.call("POST", service, f"/api/v1/{service}{path}", json=body)

    def list_items(self, service: str, path: str) -> Iterator[Mapping[str, Any]]:
        """Yield every item of a list, page after page."""
        cursor: Mapping[str, str] = {}
        while True:
            page = self.get(service, path, limit=100, **cursor)
            yield from page["items"]
            if page["next_cursor"] is None:
                return
            cursor = {"cursor": page["next_cursor"]}

    def _build_headers(self) -> Mapping[str, str]:
        if not self.credentials:
            return {}
        if self._token is None:
            answer = self._http.post(
                f"{self._stack.find_url('auth')}/api/v1/auth/sessions", json=dict(self.credentials)
            )
            if answer.status_code != 200:
                assert answer.status_code == 503, answer.text
                raise httpx.ConnectError("auth is away")
            self._token = answer.json()["access_token"]
        return {"Authorization": f"Bearer {self._token}"}


class Person(Caller):
    """A citizen, once registered."""

    def __init__(self, stack: Stack, sample: samples.SamplePerson) -> None:
        assert sample.national_code
        self.sample = sample
        self.national_code = sample.national_code
        self.lock = threading.Lock()
        super().__init__(stack)

    def register(self) -> None:
        """Get an account with the code that comes to the mobile."""
        response = self.post(
            "auth",
            "/registrations",
            {
                "national_code": self.national_code,
                "birth_date_jalali": format_jalali_date(self.sample.birth_date),
                "mobile": self.sample.mobile,
            },
        )
        assert response.status_code == 202, response.text
        registration, password = f"/registrations/{response.json()['registration_id']}", next(_passwords)
        for code in self._wait_for_codes():
            self.post("auth", f"{registration}/activation", {"activation_code": code, "password": password})
            # The account may exist although the answer was lost.
            if self.get("auth", registration)["status"] == "activated":
                self.credentials = {"national_code": self.national_code, "password": password}
                return
        raise AssertionError("no code came")

    def _wait_for_codes(self) -> Iterator[str]:
        deadline, seen = time.monotonic() + PATIENCE, ""
        while time.monotonic() < deadline:
            for message in reversed(self._stack.list_messages()):
                is_own = (message["to"], message["kind"]) == (self.sample.mobile, "activation-code")
                if is_own and message["code"] != seen:
                    yield (seen := str(message["code"]))
                    break
            time.sleep(0.1)

    def change_password(self) -> bool:
        """Choose another password. Return whether the service confirmed it; it may be done all the same."""
        new = next(_passwords)
        answer = self.post(
            "auth", "/password", {"old_password": self.credentials["password"], "new_password": new}
        )
        old, self.credentials = self.credentials, {**self.credentials, "password": new}
        probe = Caller(self._stack)
        if probe.post("auth", "/sessions", self.credentials).status_code != 200:
            self.credentials = old
        return answer.status_code == 204

    def ask_for_letter(self, agreement: int) -> str:
        """Return the id of an accepted request."""
        body = {"types": ["all"], "agreement_version": agreement, "agreed": True}
        answer = self.post("disclosure", "/requests", body)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])


@dataclass
class Population:
    """Everybody of a run: those with accounts, those who will register in it, lists that will come in it."""

    people: Sequence[Person]
    latecomers: Sequence[Person]
    officer: Caller
    second_officer: Caller
    bank: Caller
    lists_to_come: Sequence[ListPair]

    def import_list(self, pair: ListPair) -> None:
        files = {"header": pair.header.read_bytes(), "workers": pair.workers.read_bytes()}
        parts = {name: (f"{name}.dbf", data, "application/octet-stream") for name, data in files.items()}
        answer = self.officer.call("POST", "records", "/api/v1/records/lists", files=parts)
        assert answer.status_code in {200, 201}, answer.text


def settle(stack: Stack, people: int, latecomers: int, seed: int) -> Population:
    """Import invented people and give most of them accounts."""
    # Every fiftieth is a foreigner without a national code.
    count = (people + latecomers) * 50 // 49 + 1
    directory = Path(tempfile.mkdtemp(dir=stack.plan.data_dir))
    last_month = JalaliMonth.from_date(to_tehran_date(datetime.now(UTC))).add_months(-1)
    tree = samples.generate(count, MONTHS, WORKSHOPS, "mixed", seed, directory, last_month=last_month)
    everybody = [Person(stack, sample) for sample in tree.people if sample.national_code]
    pairs = {Path(pair.folder): pair for pair in find_lists(directory)}
    in_time = [pairs[path] for path in tree.lists]
    population = Population(
        everybody[:people],
        everybody[people : people + latecomers],
        Caller(stack, **stack.accounts["officer"]),
        Caller(stack, **stack.accounts["second_officer"]),
        Caller(stack, **stack.accounts["institution"]["clerk"]),
        in_time[-LIVELY_LISTS:],
    )
    for pair in in_time[:-LIVELY_LISTS]:
        population.import_list(pair)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(Person.register, population.people))
    return population
