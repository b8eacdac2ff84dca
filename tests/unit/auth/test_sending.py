"""Deliveries run simultaneously and within their bound; failures slow them down, an outage leaves one."""

import threading
from collections.abc import Sequence

import pytest

from services.auth.actions.sending import Delivery, ParallelSender
from services.kit.problems import Unavailable
from tests.waiting import PATIENCE

BOUND = 16


class Queue:
    """Deliveries that are due: `deliver` is what each of them does."""

    def __init__(self, waiting: int, deliver: Delivery) -> None:
        self.waiting, self.deliver = waiting, deliver
        self.taken: list[int] = []
        self.sender = ParallelSender("tests", BOUND, self.take)

    def take(self, limit: int) -> Sequence[Delivery]:
        taken = min(limit, self.waiting)
        self.waiting -= taken
        self.taken.append(taken)
        return [self.deliver] * taken

    def send_all(self) -> None:
        while self.sender.send_due():
            pass


def test_as_many_run_simultaneously_as_the_bound() -> None:
    """Fifty a second with a gateway of one second: each meets fifteen others, or it fails."""
    meeting = threading.Barrier(BOUND)

    def wait_for_others() -> None:
        meeting.wait(PATIENCE)

    queue = Queue(5 * BOUND, wait_for_others)
    queue.send_all()
    assert (queue.waiting, meeting.broken) == (0, False)


def test_never_more_run_than_the_bound() -> None:
    running, most, lock = 0, 0, threading.Lock()

    def deliver() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        threading.Event().wait(0.001)
        with lock:
            running -= 1

    queue = Queue(10 * BOUND, deliver)
    queue.send_all()
    assert 1 < most <= BOUND


def test_a_slow_delivery_delays_no_others() -> None:
    slow, first = threading.Event(), threading.Event()
    ended = []

    def deliver() -> None:
        if not first.is_set():
            first.set()
            slow.wait(PATIENCE)
        ended.append(1)

    queue = Queue(3 * BOUND, deliver)
    while len(ended) < 3 * BOUND - 1:
        queue.sender.send_due()
    slow.set()
    queue.send_all()
    assert len(ended) == 3 * BOUND


def test_an_outage_leaves_one_delivery_at_a_time_that_tells_when_it_ends() -> None:
    is_away = True

    def deliver() -> None:
        if is_away:
            raise Unavailable

    queue = Queue(10_000, deliver)
    for _ in range(20):
        with pytest.raises(Unavailable):
            queue.sender.send_due()
    assert queue.taken[0] == BOUND
    assert queue.taken[-3:] == [1, 1, 1]
    is_away = False
    queue.taken.clear()
    for _ in range(20):
        queue.sender.send_due()
    assert max(queue.taken) > 1
    assert sum(queue.taken) > 20


def test_single_failures_do_not_stop_the_others() -> None:
    count = iter(range(10_000))

    def deliver() -> None:
        if next(count) % 2:
            raise Unavailable

    queue = Queue(BOUND, deliver)
    did = 0
    for _ in range(10 * BOUND):
        try:
            did += queue.sender.send_due()
        except Unavailable:
            did += 1
    assert did >= BOUND
