"""The faults of a run, when they fall, and what each of them proves.

| fault | what it proves |
|---|---|
| worker-killed | a claim whose worker died (kill -9 of all its processes) runs out and is claimed again |
| renderer-killed | so does one of which only the rendering process died, and its worker lives on |
| worker-paused | a worker that stood still beyond its lease finds its token old: its PUT is refused |
| redis-lost | no message is the truth: Redis starts again without its data, and every letter still comes |
| redis-killed | Redis starts again with what it wrote down; what comes twice is made once |
| postgresql-crashed | a commit was whole or was not; every service connects again automatically |
| relay-killed | what was committed is published and numbered by the next relay, each event once |
| sweeper-killed | the sweeper needs no memory |
| consumers-killed | an event's effect and the cursor are one commit: none is lost, none happens twice |
| web-killed | a PUT, a claim, a request broken off in the middle is done whole or not at all |
"""

import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg

from tests.chaos.control import WORKERS
from tests.chaos.programs import LEASE
from tests.chaos.stack import Stack
from tests.waiting import wait_until

# How often each falls at the full size of 1,000 requests; at any size at least once.
FULL = {
    "worker-killed": 16,
    "renderer-killed": 8,
    "worker-paused": 3,
    "redis-lost": 6,
    "redis-killed": 2,
    "postgresql-crashed": 5,
    "relay-killed": 6,
    "sweeper-killed": 3,
    "consumers-killed": 6,
    "web-killed": 6,
}
RELAYS = ("disclosure-relay", "disclosure-relay", "auth-relay", "records-relay", "inquiry-relay")
CONSUMERS = ("disclosure-consumers", "auth-consumers", "inquiry-consumers", "records-consumers")
WEB = ("disclosure", "disclosure", "disclosure", "records", "auth", "inquiry")


def plan_faults(requests: int, dice: random.Random) -> Sequence[str]:
    """Return the faults of a run of that size, in order; a pause comes first, since it takes longest."""
    names = [name for name, times in FULL.items() for _ in range(max(1, times * requests // 1000))]
    names.remove("worker-paused")
    # The loss of the broker's data is the last too: the hardest to drain after.
    names.remove("redis-lost")
    dice.shuffle(names)
    return ["worker-paused", *names, "redis-lost"]


class Faults:
    """Makes faults fall on a stack, and on the control with it."""

    def __init__(self, stack: Stack, dice: random.Random) -> None:
        self.fallen: Counter[str] = Counter()
        self._stack = stack
        self._dice = dice
        self._pause: Future[None] | None = None
        self._beside = ThreadPoolExecutor(1)
        self._workers = [name for name in stack.list_names() if name.startswith("pdfworker-")]
        self._paused: str | None = None
        self._acts: Mapping[str, Callable[[], None]] = {
            "worker-killed": self._kill_worker,
            "renderer-killed": self._kill_renderer,
            "worker-paused": self._pause_worker,
            "redis-lost": self._lose_redis,
            "redis-killed": self._kill_redis,
            "postgresql-crashed": self._crash_postgresql,
            "relay-killed": self._kill_relay,
            "sweeper-killed": self._kill_sweeper,
            "consumers-killed": self._kill_consumers,
            "web-killed": self._kill_web,
        }

    def trigger(self, name: str) -> None:
        """Cause one fault. Return when what it broke has been started again."""
        self.fallen[name] += 1
        self._acts[name]()

    def finish(self) -> None:
        """Wait for the end of a pause; raises what went wrong in it."""
        if self._pause:
            self._pause.result()
            self._pause = None

    def _kill_worker(self) -> None:
        number, worker = self._pick_worker()
        for name in (worker, WORKERS[number % len(WORKERS)]):
            self._stack.kill(name)
        time.sleep(self._dice.uniform(0.0, 1.0))
        for name in (worker, WORKERS[number % len(WORKERS)]):
            self._stack.start(name, wait=False)

    def _kill_renderer(self) -> None:
        _, worker = self._pick_worker()
        while not self._stack.list_child_pids(worker):
            # It has been started just now.
            time.sleep(0.1)
        self._stack.kill_child(worker)

    def _pick_worker(self) -> tuple[int, str]:
        return self._dice.choice([pair for pair in enumerate(self._workers) if pair[1] != self._paused])

    def _pause_worker(self) -> None:
        self.finish()
        self._pause = self._beside.submit(self._pause_beyond_lease)

    def _pause_beyond_lease(self) -> None:
        self._paused = worker = self._workers[0]
        try:
            claimed = self._pause_in_the_middle(worker)
            time.sleep(LEASE)
            self._wait_until_made(claimed)
            if self.fallen["worker-paused"] % 2:
                # The renderer comes to itself first, and posts before its main process sees how late it is.
                for renderer in self._stack.list_child_pids(worker):
                    os.kill(renderer, signal.SIGCONT)
                time.sleep(3)
        finally:
            self._stack.resume(worker)
            self._paused = None

    def _pause_in_the_middle(self, worker: str) -> str:
        """Stop a worker that holds a claim, before it has a letter to post; returns the request's id."""

        def pause_with_claim() -> str | None:
            if self._find_rendered_request(worker):
                self._stack.pause(worker)
                time.sleep(0.5)
                claimed = self._find_rendered_request(worker)
                if claimed and self._is("rendering", claimed):
                    return claimed
                self._stack.resume(worker)
            return None

        claimed = wait_until(pause_with_claim, f"{worker} did not render anything", pause=0.01)
        assert claimed
        return claimed

    def _find_rendered_request(self, worker: str) -> str | None:
        """Return the request that a worker has claimed and logged nothing about since."""
        # The last line may be still being written.
        lines = self._stack.read_log(worker).split("\n")[-6:-1]
        events = [json.loads(line) for line in lines if line.startswith("{")]
        reported = [event for event in events if "disclosure_id" in event]
        return (
            str(reported[-1]["disclosure_id"])
            if reported and reported[-1]["event"] == "request.claimed"
            else None
        )

    def _wait_until_made(self, request_id: str) -> None:
        """Return when another worker has made the letter that a paused one has begun."""
        wait_until(
            lambda: self._is("ready", request_id),
            "nobody took over the claim of a worker that is paused",
            pause=0.2,
        )

    def _is(self, state: str, request_id: str) -> bool:
        query = "SELECT state FROM requests WHERE id = %s"
        try:
            return self._stack.fetch_rows("disclosure", query, request_id) == [(state,)]
        except psycopg.OperationalError:
            # PostgreSQL has a fault of its own just now.
            return False

    def _lose_redis(self) -> None:
        self._stack.lose_redis(away=self._dice.uniform(0.0, 1.5))

    def _kill_redis(self) -> None:
        self._stack.restart("redis", after=self._dice.uniform(0.0, 1.5))

    def _crash_postgresql(self) -> None:
        self._stack.crash_postgresql(away=self._dice.uniform(0.0, 1.5))

    def _kill_relay(self) -> None:
        self._restart_one_of(RELAYS)

    def _kill_sweeper(self) -> None:
        self._restart_one_of(["disclosure-sweeper"])

    def _kill_consumers(self) -> None:
        for name in CONSUMERS:
            self._stack.kill(name)
        for name in CONSUMERS:
            self._stack.start(name)

    def _kill_web(self) -> None:
        self._restart_one_of(WEB)

    def _restart_one_of(self, names: Sequence[str]) -> None:
        self._stack.restart(self._dice.choice(names), after=self._dice.uniform(0.0, 1.0))
