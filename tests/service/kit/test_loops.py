"""Background loops: they go on after failures, ever more slowly, and end when the process is told to."""

import itertools
import math
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from services.kit.loops import LONGEST_STEP, MAX_WAIT, Loop, keep_going
from services.kit.problems import Unavailable
from services.kit.queue import BrokerAway


def going(loop: Loop, stop: threading.Event) -> threading.Thread:
    thread = threading.Thread(target=keep_going, args=(loop, stop))
    thread.start()
    return thread


class Steps:
    """A step that fails some times, then works; remembers when it was called."""

    def __init__(
        self, failures: int, failure: Callable[[], Exception] = Unavailable, enough: int = 1
    ) -> None:
        self.failures, self.failure, self.enough = failures, failure, enough
        self.times: list[float] = []
        self.done = threading.Event()

    def __call__(self) -> int:
        self.times.append(time.monotonic())
        if len(self.times) <= self.failures:
            raise self.failure()
        if len(self.times) >= self.failures + self.enough:
            self.done.set()
        return 0


def run_until_done(step: Steps, every: float) -> None:
    stop, loop = threading.Event(), Loop("test", step, every)
    thread = going(loop, stop)
    assert step.done.wait(20)
    stop.set()
    loop.wake.set()
    thread.join(5)
    assert not thread.is_alive()


@pytest.mark.parametrize("failure", [Unavailable, BrokerAway, ConnectionResetError, ZeroDivisionError])
def test_a_loop_goes_on_after_any_failure(failure: Callable[[], Exception]) -> None:
    step = Steps(2, failure)
    run_until_done(step, 0.001)
    assert len(step.times) >= 3


def test_a_loop_that_fails_waits_longer_each_time_and_recovers() -> None:
    step = Steps(4, enough=3)
    run_until_done(step, 0.02)
    waits = [later - earlier for earlier, later in zip(step.times, step.times[1:], strict=False)]
    assert waits[:4] == sorted(waits[:4])
    assert waits[3] > 4 * waits[0]
    assert waits[4] < waits[2]


def test_a_loop_survives_any_number_of_failures() -> None:
    step = Steps(1100)
    run_until_done(step, 0.0)
    assert len(step.times) >= 1101


def test_a_loop_with_work_left_does_not_wait() -> None:
    left = [3, 2, 1]
    done = threading.Event()

    def step() -> int:
        if left:
            return left.pop()
        done.set()
        return 0

    stop, loop = threading.Event(), Loop("test", step, MAX_WAIT)
    thread = going(loop, stop)
    assert done.wait(2)
    stop.set()
    loop.wake.set()
    thread.join(5)


def test_a_step_that_was_not_full_left_nothing() -> None:
    times: list[float] = []
    did = [7, 6]
    done = threading.Event()

    def step() -> int:
        times.append(time.monotonic())
        if did:
            return did.pop(0)
        done.set()
        return 0

    stop, loop = threading.Event(), Loop("test", step, 0.3, full=7)
    thread = going(loop, stop)
    assert done.wait(5)
    stop.set()
    thread.join(5)
    assert times[1] - times[0] < 0.2 < times[2] - times[1]


def test_what_comes_soon_after_a_step_that_did_something_is_done_together() -> None:
    times: list[float] = []
    did = [1, 1, 0]
    again, done = threading.Event(), threading.Event()

    def step() -> int:
        times.append(time.monotonic())
        again.set()
        if len(times) == len(did):
            done.set()
        return did[len(times) - 1]

    stop, loop = threading.Event(), Loop("test", step, MAX_WAIT, full=math.inf, apart=0.3)
    thread = going(loop, stop)
    assert again.wait(5)
    while not done.is_set():
        loop.wake.set()
        time.sleep(0.01)
    stop.set()
    loop.wake.set()
    thread.join(5)
    assert len(times) == 3
    assert min(times[1] - times[0], times[2] - times[1]) >= 0.3


def test_a_nudge_wakes_a_loop_at_once() -> None:
    step = Steps(0, enough=2)
    stop, loop = threading.Event(), Loop("test", step, MAX_WAIT)
    thread = going(loop, stop)
    started = time.monotonic()
    loop.wake.set()
    assert step.done.wait(2)
    assert time.monotonic() - started < 2
    stop.set()
    loop.wake.set()
    thread.join(5)


PROGRAM = """
    import threading, time
    from services.kit import logging
    from services.kit.loops import Loop, run

    def slow() -> int:
        print("step", flush=True)
        time.sleep(0.3)
        print("whole", flush=True)
        return 0

    def listen(stop: threading.Event) -> None:
        time.sleep(600)

    logging.configure("test")
    run([Loop("slow", slow, 30.0), Loop("failing", lambda: 1 // 0, 30.0)], [listen])
    print("ended", flush=True)
"""


@pytest.mark.parametrize("numbers", [[signal.SIGTERM], [signal.SIGINT], [signal.SIGINT, signal.SIGTERM] * 5])
def test_a_process_ends_its_loops_when_it_is_told_to(numbers: list[signal.Signals]) -> None:
    program = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(PROGRAM)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert program.stdout is not None
    with program:
        assert program.stdout.readline() == "step\n"
        for number in numbers:
            program.send_signal(number)
        started = time.monotonic()
        written, _ = program.communicate(timeout=10)
    assert time.monotonic() - started < 3
    assert written == "whole\nended\n"
    assert program.returncode == 0


def test_a_loop_leaves_word_until_when_to_hear_from_it(tmp_path: Path) -> None:
    stop, held, step = threading.Event(), threading.Event(), threading.Event()

    def hold() -> int:
        step.set()
        held.wait(20)
        return 0

    loop = Loop("test", hold, 100.0)
    thread = threading.Thread(target=keep_going, args=(loop, stop, tmp_path))
    thread.start()
    assert step.wait(5)
    assert list(tmp_path.iterdir()) == []
    held.set()
    deadline = time.monotonic() + 5
    while not (tmp_path / "test").exists():
        assert time.monotonic() < deadline
    time.sleep(0.05)
    due = (tmp_path / "test").stat().st_mtime - time.time()
    # What comes seldom is not called more often than it asks for.
    assert 89 + LONGEST_STEP < due <= 110 + LONGEST_STEP
    stop.set()
    loop.wake.set()
    thread.join(5)


def test_a_loop_goes_on_where_no_word_can_be_left(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    stop, step = threading.Event(), Steps(0, enough=3)
    loop = Loop("test", step, 0.001)
    thread = threading.Thread(target=keep_going, args=(loop, stop, tmp_path / "file"))
    thread.start()
    assert step.done.wait(5)
    stop.set()
    loop.wake.set()
    thread.join(5)


def test_a_loop_that_finds_nothing_rests_and_is_quick_again_after_work() -> None:
    times: list[float] = []
    did = [1, 0, 0, 0, 0, 1, 0, 0]
    done = threading.Event()

    def step() -> int:
        times.append(time.monotonic())
        if len(times) == len(did):
            done.set()
        return did[len(times) - 1] if len(times) <= len(did) else 0

    stop, loop = threading.Event(), Loop("test", step, 0.1, full=math.inf, rest=0.4)
    thread = going(loop, stop)
    assert done.wait(10)
    stop.set()
    loop.wake.set()
    thread.join(5)
    waits = [later - earlier for earlier, later in itertools.pairwise(times[: len(did)])]
    # Each is at least so long: 0.1 after work, twice that at each look in vain but the first, 0.4 at most.
    least = [0.1, 0.1, 0.2, 0.4, 0.4, 0.1, 0.1]
    assert all(wait >= 0.9 * bound for wait, bound in zip(waits, least, strict=True))
    assert waits[5] < waits[4]
