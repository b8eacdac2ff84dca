"""1,000 requests, real rendering, and faults of every kind: nothing is lost, nothing is made twice.

`make chaos` runs it at that size, `make test` with 40 requests; `CHAOS_REQUESTS` and `CHAOS_SEED` choose
another size and repeat a run's faults. What each fault proves stands in `faults`; that inquiry answers while
everything else is stopped, in tests/e2e/test_alone.py.
"""

import hashlib
import os
import random
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import LiteralString

import pikepdf
import psycopg
import pytest

from services.kit.text import normalise_digits
from tests.chaos.control import Control
from tests.chaos.counts import find_differences, find_missing_kinds
from tests.chaos.faults import Faults, plan_faults
from tests.chaos.life import Life
from tests.chaos.people import Caller, Person, Population, settle
from tests.chaos.programs import LEASE
from tests.chaos.rig import IS_FULL
from tests.chaos.stack import Stack, running_stack
from tests.waiting import PATIENCE, wait_until

REQUESTS = int(os.environ.get("CHAOS_REQUESTS", "40"))
SEED = int(os.environ.get("CHAOS_SEED", str(random.SystemRandom().randrange(10**6))))
# More than these nobody may ask for in a day.
LETTERS_A_PERSON = 10
# Requests are made while others wait, but never more than this many.
LONGEST_QUEUE = min(100, REQUESTS * 35 // 100)
# A promise of a free machine, so in full size only.
DRAINED_WITHIN = 60.0 if IS_FULL else PATIENCE
# How many letters are still to come when the last fault falls.
LEFT_AT_LAST_FAULT = min(50, REQUESTS * 15 // 100)
# Seconds between two faults after which a run is not slow but stuck.
STANDSTILL = PATIENCE
MAKERS = 4
SAMPLE = 20

pytestmark = [pytest.mark.xdist_group("chaos"), pytest.mark.timeout(900 + REQUESTS)]


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running_stack(workers=2) as running:
        yield running


class Requests:
    """Makes requests, as fast as the queue allows."""

    def __init__(self, stack: Stack, people: Sequence[Person]) -> None:
        self.accepted: dict[str, Person] = {}
        self._stack = stack
        self._turns = iter([person for _ in range(LETTERS_A_PERSON) for person in people][:REQUESTS])
        self._agreement = Caller(stack).get("disclosure", "/agreement")["version"]
        self._lock = threading.Lock()
        self.ready = 0
        self.given_up = False

    def make(self) -> None:
        """Make requests until there are enough; several threads may do it simultaneously."""
        while person := self._take_next():
            while len(self.accepted) - self.ready > LONGEST_QUEUE:
                assert not self.given_up
                time.sleep(0.1)
            with person.lock:
                request_id = person.ask_for_letter(self._agreement)
            self.accepted[request_id] = person

    def _take_next(self) -> Person | None:
        with self._lock:
            return next(self._turns, None)

    def count_ready(self) -> int:
        """Return how many are ready by the database; the last known count while it is away."""
        with suppress(psycopg.OperationalError):
            [(self.ready,)] = self._stack.fetch_rows(
                "disclosure", "SELECT count(*) FROM requests WHERE state = 'ready'"
            )
        return self.ready

    def wait_for(self, ready: int, seconds: float) -> bool:
        """Return whether `ready` letters were ready in time."""
        deadline = time.monotonic() + seconds
        while self.count_ready() < ready:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.25)
        return True


@dataclass(frozen=True)
class Outcome:
    """What one run came to."""

    requests: int
    seconds: float
    drained: float
    faults: Mapping[str, int]
    lost: int
    duplicates: int
    stale: int
    control_lost: int
    control_doubled: int
    met: Mapping[str, int]
    events: int

    def __str__(self) -> str:
        kinds = "\n".join(f"|   {name} | {count} |" for name, count in sorted(self.faults.items()))
        met = ", ".join(f"{kind} {count}" for kind, count in sorted(self.met.items()))
        return f"""
| seed {SEED}, lease {LEASE} s | |
|---|---|
| requests accepted | {self.requests} |
| faults | {sum(self.faults.values())} |
{kinds}
| letters lost | {self.lost} |
| letters or inbox entries doubled | {self.duplicates} |
| stale PUTs refused | {self.stale} |
| events, each with its effects once | {self.events} |
| clients asked again because of | {met} |
| seconds from the last fault to the last letter | {self.drained:.1f} |
| letters a second, faults and all | {self.requests / self.seconds:.2f} |
| control (acks_late alone): tasks lost, doubled | {self.control_lost}, {self.control_doubled} |
"""


def test_nothing_is_lost_and_nothing_is_made_twice(stack: Stack) -> None:
    print(f"CHAOS_SEED={SEED} CHAOS_REQUESTS={REQUESTS}")
    dice = random.Random(SEED)
    control = Control(stack)
    population = settle(stack, -(-REQUESTS // LETTERS_A_PERSON), max(4, REQUESTS // 50), SEED)
    wait_until_known(stack, len(population.people))
    [(since,)] = stack.fetch_rows("disclosure", "SELECT clock_timestamp()")
    requests, life = Requests(stack, population.people), Life(stack, population, random.Random(SEED))
    faults, planned = Faults(stack, dice), plan_faults(REQUESTS, dice)

    started = time.monotonic()
    life.start()
    with ThreadPoolExecutor(MAKERS) as makers:
        made = [makers.submit(requests.make) for _ in range(MAKERS)]
        try:
            for number, name in enumerate(planned, 1):
                # By progress, not by time: so they fall all over the run on any machine.
                due = (REQUESTS - LEFT_AT_LAST_FAULT) * number // len(planned)
                assert requests.wait_for(due, STANDSTILL), list_states(stack)
                control.accept(-(-REQUESTS // len(planned)))
                faults.trigger(name)
                print(f"{time.monotonic() - started:6.1f} s, {due} letters: {name}", flush=True)
        except BaseException:
            requests.given_up = True
            raise
        last_fault = time.monotonic()
        for one in made:
            one.result()
    assert requests.wait_for(REQUESTS, last_fault + DRAINED_WITHIN - time.monotonic()), list_states(stack)
    drained, seconds = time.monotonic() - last_fault, time.monotonic() - started
    faults.finish()
    life.stop()

    duplicates = check_letters(stack, population, requests.accepted)
    # Nudges that Redis has forgotten cost readers half a minute; something new wakes them.
    life.go_on()
    wait_until_settled(stack, since)
    assert find_missing_kinds(stack) == set()
    lost, doubled = control.count_losses()
    outcome = Outcome(
        requests=len(requests.accepted),
        seconds=seconds,
        drained=drained,
        faults=faults.fallen,
        lost=REQUESTS - requests.count_ready(),
        duplicates=duplicates,
        stale=count_stale_puts(stack),
        control_lost=lost,
        control_doubled=doubled,
        met=Caller.met,
        events=count_events(stack),
    )
    print(outcome)
    assert outcome.lost == outcome.duplicates == 0
    assert outcome.stale > 0, "no worker came back with an old token: the pause proved nothing"
    assert outcome.control_lost > 0, "the control lost nothing: these faults prove nothing"


def wait_until_known(stack: Stack, people: int) -> None:
    """Return when disclosure knows all accounts."""
    query: LiteralString = "SELECT count(*) FROM citizens"
    wait_until(lambda: stack.fetch_rows("disclosure", query) >= [(people,)], "accounts did not become known")


def wait_until_settled(stack: Stack, since: datetime) -> None:
    """Return when every effect of every event is there once."""
    wait_until(
        lambda: not find_differences(stack, since),
        lambda: "\n".join(map(str, find_differences(stack, since))),
        pause=0.5,
    )


def check_letters(stack: Stack, population: Population, accepted: Mapping[str, Person]) -> int:
    """Check every request and letter as its owner. Return the number of letters beyond one a request.

    Every document is there, whole and the one it is said to be; a sample is read.
    """
    sample = set(random.Random(SEED).sample(sorted(accepted), min(SAMPLE, len(accepted))))
    with ThreadPoolExecutor(4) as threads:
        of_people = threads.map(lambda person: check_person(person, accepted, sample), population.people)
        return sum(of_people)


def check_person(person: Person, accepted: Mapping[str, Person], sample: set[str]) -> int:
    own = {request for request, owner in accepted.items() if owner is person}
    requests = list(person.list_items("disclosure", "/requests"))
    assert {request["id"] for request in requests} == own
    assert all(request["status"] == "ready" for request in requests)
    inbox = {letter["id"]: letter for letter in person.list_items("disclosure", "/inbox")}
    for request in requests:
        letter = inbox[request["letter_id"]]
        path = f"/api/v1/disclosure/inbox/{letter['id']}/document"
        pdf = person.call("GET", "disclosure", path).content
        assert hashlib.sha256(pdf).hexdigest() == letter["sha256"]
        if request["id"] in sample:
            check_document(pdf, letter["serial"])
    activity = [item["kind"] for item in person.list_items("disclosure", "/activity")]
    assert activity.count("letter.ready") == activity.count("request.queued") == len(own)
    return len(inbox) - len(own)


def check_document(pdf: bytes, serial: str) -> None:
    """Check that the document opens and is the letter of that serial number."""
    with pikepdf.open(BytesIO(pdf)) as document:
        assert len(document.pages) > 0
        assert serial in re.sub("[^0-9]", "", normalise_digits(str(document.docinfo["/Title"])))


def list_states(stack: Stack) -> object:
    return stack.fetch_rows(
        "disclosure", "SELECT state, tries, count(*) FROM requests GROUP BY 1, 2 ORDER BY 1, 2"
    )


def count_stale_puts(stack: Stack) -> int:
    """Return how many documents were refused because their attempt was not the newest."""
    return sum(
        '"internal.put_document"' in line and '"status": 409' in line
        for line in stack.read_log("disclosure").splitlines()
    )


def count_events(stack: Stack) -> int:
    return sum(
        stack.fetch_rows(service, "SELECT count(*) FROM outbox WHERE kind = 'event'")[0][0]
        for service in ("auth", "records", "disclosure", "inquiry")
    )
