"""One stack for all named faults, with a place for faults in every path, and citizens who ask for letters.

    pdfworker-1, disclosure-relay ── broker_path ──▶ Redis
    pdfworker-1 ── worker_path ──▶ door ──▶ disclosure ── database_path ──▶ PostgreSQL
    disclosure ──▶ a disk of its own, as small as a test can fill

`conftest.py` makes it the fixture `rig`. A test puts right what it breaks.
"""

import os
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import httpx
import pytest
import redis

from govah import samples
from govah.local.list_files import find_lists
from govah.local.seeding import find_last_complete_month
from tests.chaos.disk import Disk, on_small_disk
from tests.chaos.processes import Command
from tests.chaos.programs import build_commands
from tests.chaos.proxy import Door, Proxy, door
from tests.chaos.stack import Stack, running_stack
from tests.forking import run
from tests.waiting import wait_until

# All but inquiry's loops, the messages and the feeds, which none of these faults is about.
STARTED = ("auth", "records")
PEOPLE = 80
# What takes long, and what has to be there in time, is left to `make chaos`.
IS_FULL = "CHAOS_REQUESTS" in os.environ
heavy = pytest.mark.skipif(not IS_FULL, reason="only make chaos has the time")
# Seconds after which a database connection of disclosure that leads nowhere is given up, not 30 and 5.
ANSWER_WITHIN = 2
BOUNDS = f"answer_within={ANSWER_WITHIN}&connect_timeout={ANSWER_WITHIN}"
# Seconds. A worker's call that times out after 10 must have time for another; `pass_time` lets leases pass.
LIMITS = {
    "GOVAH_SOFT_LIMIT": "20",
    "GOVAH_HARD_LIMIT": "25",
    "GOVAH_VISIBILITY_TIMEOUT": "30",
    "GOVAH_LEASE": "35",
}
DISCLOSURE = "/api/v1/disclosure"


@dataclass(frozen=True)
class Rig:
    """The stack, and what stands in its paths."""

    stack: Stack
    commands: Mapping[str, Command]
    broker_path: Proxy
    worker_path: Proxy
    door: Door
    database_path: Proxy
    disk: Disk | None
    _people: Iterator[tuple[str, str]]

    def add_citizen(self) -> "Citizen":
        """Return a citizen who has not requested anything yet."""
        person_id, national_code = next(self._people)
        return Citizen(self, person_id, national_code, self.mint_token("citizen", person_id, "self"))

    def mint_token(self, role: str, subject: str, *scopes: str, **claims: Any) -> str:
        """Return an access token signed with auth's own key, for an hour."""
        return self.stack.mint_token(role, subject, *scopes, **claims)

    def start(self, name: str, **settings: str) -> None:
        """Start a program that does not run; it keeps these settings for later starts."""
        self.stack.processes.start(name, settings)
        self.stack.processes.wait_until_ready(name)

    @contextmanager
    def twin(self, name: str, **settings: str) -> Iterator[str]:
        """Run a second program like the one of that name beside it. Yield the second one's name."""
        twin = f"{name}-twin"
        self.stack.add(replace(self.commands[name], name=twin))
        self.start(twin, **settings)
        try:
            yield twin
        finally:
            self.stack.kill(twin)

    @contextmanager
    def without(self, name: str) -> Iterator[None]:
        """Have a program be dead for a while."""
        self.stack.kill(name)
        try:
            yield
        finally:
            self.start(name)

    @contextmanager
    def paused(self, name: str) -> Iterator[None]:
        """Have a program do nothing for a while."""
        self.stack.pause(name)
        try:
            yield
        finally:
            self.stack.resume(name)

    def restart_disclosure(self, **settings: str) -> None:
        """Kill disclosure's web process and start it again, on an empty disk."""
        self.stack.kill("disclosure")
        self.start("disclosure", **settings)
        if self.disk:
            self.disk.pid = self.stack.find_pid("disclosure")

    def run_command(self, service: str, *command: str) -> str:
        """Return the output of a service's command."""
        environment = {**os.environ, **self.commands[service].environment}
        words = ["flask", "--app", f"services.{service}.app", *command]
        return run(words, environment, self.stack.plan.data_dir / f"{uuid.uuid4().hex}.log")

    def pass_time(self, *request_ids: str) -> None:
        """Let leases, pauses and waits for a nudge of these requests be over, as after minutes."""
        self.stack.fetch_rows(
            "disclosure",
            "UPDATE requests SET claimable_at = least(claimable_at, now()), nudge_at = least(nudge_at, now())"
            " WHERE id = ANY(%s::uuid[]) RETURNING id",
            list(request_ids),
        )

    def count_attempts(self, request_id: str) -> int:
        """Return how often a request was claimed."""
        [(attempt,)] = self.stack.fetch_rows(
            "disclosure", "SELECT attempt FROM requests WHERE id = %s", request_id
        )
        return int(attempt)

    def wait_for_rest(self) -> None:
        """Return when the workers have nothing at hand."""
        with redis.Redis.from_url(self.stack.broker_url) as broker:
            wait_until(lambda: not broker.exists("letters", "unacked"))

    def fetch_readiness(self, service: str = "disclosure") -> tuple[int, list[str]]:
        """Return the status of /readyz, and what does not answer."""
        answer = httpx.get(f"{self.stack.find_url(service)}/readyz", timeout=30)
        return answer.status_code, [name.rpartition(".")[2] for name in answer.json()["failed"]]

    def read_metric(self, line: str) -> float:
        """Return a value of disclosure's /metrics, by the text before it."""
        lines = httpx.get(f"{self.stack.find_url('disclosure')}/metrics", timeout=30).text.splitlines()
        [value] = [words.removeprefix(f"{line} ") for words in lines if words.startswith(f"{line} ")]
        return float(value)


@dataclass(frozen=True)
class Citizen:
    """An insured person with a session."""

    rig: Rig
    person_id: str
    national_code: str
    token: str

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}", **options.pop("headers", {})}
        return httpx.request(
            method,
            f"{self.rig.stack.find_url('disclosure')}{DISCLOSURE}{path}",
            headers=headers,
            timeout=60,
            **options,
        )

    def request_letter(self) -> str:
        """Request a letter. Return the id of the accepted request."""
        wanted = {"types": ["all"], "agreement_version": 1, "agreed": True}
        answer = self.call("POST", "/requests", json=wanted)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def get_request(self, request_id: str) -> dict[str, Any]:
        answer = self.call("GET", f"/requests/{request_id}")
        assert answer.status_code == 200, answer.text
        request: dict[str, Any] = answer.json()
        return request

    def has_letter(self, request_id: str) -> bool:
        return bool(self.get_request(request_id)["status"] == "ready")

    def wait_for_letter(self, request_id: str) -> bytes:
        """Return the one letter of a request, once it is there: it is whole, and there is no second one."""
        wait_until(lambda: self.has_letter(request_id), "the letter does not come", pause=0.1)
        letter_id = self.get_request(request_id)["letter_id"]
        letters = [item for item in self.call("GET", "/inbox").json()["items"] if item["id"] == letter_id]
        assert len(letters) == 1
        document = self.call("GET", f"/inbox/{letter_id}/document")
        assert document.status_code == 200, document.text
        assert sha256(document.content).hexdigest() == letters[0]["sha256"]
        assert document.content.rstrip().endswith(b"%%EOF")
        published = self.rig.stack.fetch_rows(
            "disclosure",
            "SELECT count(*) FROM outbox"
            " WHERE name = 'letter.ready' AND data ->> 'disclosure_request_id' = %s",
            request_id,
        )
        assert published == [(1,)]
        return document.content


def count_connections(stack: Stack, worker: str) -> int:
    """Return how often a PDF worker has begun to listen to the broker."""
    log = stack.read_log(worker)
    return log.count("Connected to redis") + log.count("dropping stale connection")


@contextmanager
def running_rig() -> Iterator[Rig]:
    """Start a stack with everything that can fail in its paths."""
    with ExitStack() as opened:
        stack = opened.enter_context(running_stack(workers=2, only=STARTED, settings=LIMITS))
        plan = stack.plan

        def open_path(port: int) -> Proxy:
            return opened.enter_context(Proxy(("127.0.0.1", port)))

        broker_path, database_path = open_path(plan.redis_port), open_path(plan.database_port)
        way_in = opened.enter_context(door(("127.0.0.1", plan.service_ports["disclosure"])))
        worker_path = open_path(way_in.port)
        commands = {command.name: command for command in build_commands(plan, 2)}
        web, disk = on_small_disk(commands["disclosure"], plan.data_dir / "objects" / "disclosure")
        stack.add(web)
        # Its disk is seen by the web process only, so snapshots stay in their rows.
        sweeper = commands["disclosure-sweeper"]
        stack.add(replace(sweeper, words=[word for word in sweeper.words if word != "seal-snapshots"]))
        broker = f"redis://{broker_path.address}/0"
        database = f"postgresql://govah@{database_path.address}/disclosure?{BOUNDS}"
        stack.start("disclosure", wait=False, GOVAH_DATABASE_URL=database)
        stack.start("disclosure-relay", GOVAH_BROKER_URL=broker)
        stack.start("disclosure-sweeper")
        stack.start(
            "pdfworker-1", GOVAH_BROKER_URL=broker, GOVAH_DISCLOSURE_URL=f"http://{worker_path.address}"
        )
        stack.processes.wait_until_ready("disclosure")
        wait_until(lambda: count_connections(stack, "pdfworker-1") > 0)
        if disk:
            disk.pid = stack.find_pid("disclosure")
        people = iter(seed(stack))
        rig = Rig(stack, commands, broker_path, worker_path, way_in, database_path, disk, people)
        # Everybody has met once: the services know auth's keys, the worker has a token.
        first = rig.add_citizen()
        first.wait_for_letter(first.request_letter())
        yield rig


def seed(stack: Stack, people: int = PEOPLE) -> list[tuple[str, str]]:
    """Import a list of invented people and publish an agreement. Return people's ids and national codes."""
    directory = stack.plan.data_dir / "lists"
    samples.generate(people, 1, 1, "cp1256", 4, directory, last_month=find_last_complete_month())
    officer = httpx.post(
        f"{stack.find_url('auth')}/api/v1/auth/sessions", json=stack.accounts["officer"], timeout=30
    )
    assert officer.status_code == 200, officer.text
    [pair] = find_lists(directory)
    files = {"header": pair.header.read_bytes(), "workers": pair.workers.read_bytes()}
    imported = httpx.post(
        f"{stack.find_url('records')}/api/v1/records/lists",
        files={name: (f"{name}.dbf", data) for name, data in files.items()},
        headers={"Authorization": f"Bearer {officer.json()['access_token']}"},
        timeout=60,
    )
    assert imported.status_code == 201, imported.text
    rows = stack.fetch_rows("records", "SELECT id, national_code FROM people WHERE national_code IS NOT NULL")
    return [(str(person_id), national_code) for person_id, national_code in rows]
