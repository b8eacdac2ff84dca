"""Background loops: they continue after failures, with a backoff, and end on SIGTERM."""

import math
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from services.kit.loops import LONGEST_STEP, MAX_WAIT, Loop, run_loop
from services.kit.problems import Unavailable
from services.kit.queue import BrokerAway
from tests.waiting import PATIENCE, wait_until


class Waits(threading.Event):
    """An event that records how long a loop wants to wait for it, and lets no time pass."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds.append(math.inf if timeout is None else timeout)
        return self.is_set()


def measure_waits(outcomes: Sequence[int | Exception], every: float = 1.0, **settings: Any) -> list[float]:
    """Return how long a loop waits after each outcome of its step, as far as it waits."""
    left, stop, wake = list(outcomes), threading.Event(), Waits()

    def run_step() -> int:
        outcome = left.pop(0)
        if not left:
            stop.set()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    run_loop(Loop("test", run_step, every, wake=wake, **settings), stop)
    assert left == []
    return wake.seconds


def start_loop(loop: Loop, stop: threading.Event) -> threading.Thread:
    thread = threading.Thread(target=run_loop, args=(loop, stop))
    thread.start()
    return thread


def stop_loop(loop: Loop, stop: threading.Event, thread: threading.Thread) -> None:
    stop.set()
    loop.wake.set()
    thread.join(PATIENCE)
    assert not thread.is_alive()


@pytest.mark.parametrize("failure", [Unavailable, BrokerAway, ConnectionResetError, ZeroDivisionError])
def test_a_loop_goes_on_after_any_failure(failure: Callable[[], Exception]) -> None:
    assert len(measure_waits([failure(), failure(), 0])) == 3


def test_a_loop_that_fails_waits_longer_each_time_and_recovers() -> None:
    waits = measure_waits([Unavailable(), Unavailable(), Unavailable(), Unavailable(), 0, 0, 0], 0.02)
    assert waits[:4] == sorted(waits[:4])
    assert waits[3] > 4 * waits[0]
    assert waits[4] < waits[2]


def test_a_loop_survives_any_number_of_failures() -> None:
    assert len(measure_waits([Unavailable() for _ in range(1100)] + [0])) == 1101


def test_the_longest_wait_after_failures_is_bounded() -> None:
    assert max(measure_waits([Unavailable() for _ in range(100)])) <= 1.1 * MAX_WAIT


def test_a_loop_with_work_left_does_not_wait() -> None:
    assert len(measure_waits([3, 2, 1, 0])) == 1


def test_a_step_that_was_not_full_left_nothing() -> None:
    assert measure_waits([7, 6, 0], 10.0, batch_size=7) == pytest.approx([10, 10], rel=0.11)


def test_what_comes_soon_after_a_step_that_did_something_is_done_together() -> None:
    times: list[float] = []
    did = [1, 1, 0]
    again, done = threading.Event(), threading.Event()

    def run_step() -> int:
        times.append(time.monotonic())
        again.set()
        if len(times) == len(did):
            done.set()
        return did[len(times) - 1]

    stop, loop = threading.Event(), Loop("test", run_step, MAX_WAIT, batch_size=math.inf, cooldown=0.3)
    thread = start_loop(loop, stop)
    assert again.wait(PATIENCE)
    while not done.is_set():
        loop.wake.set()
        time.sleep(0.01)
    stop_loop(loop, stop, thread)
    assert len(times) == 3
    assert min(times[1] - times[0], times[2] - times[1]) >= 0.3


def test_nudge_wakes_a_loop_immediately() -> None:
    """Without the nudge the second step would come long after this test has given up."""
    calls: SimpleQueue[None] = SimpleQueue()

    def run_step() -> int:
        calls.put(None)
        return 0

    stop, loop = threading.Event(), Loop("test", run_step, 100 * PATIENCE)
    thread = start_loop(loop, stop)
    calls.get(timeout=PATIENCE)
    loop.wake.set()
    calls.get(timeout=PATIENCE)
    stop_loop(loop, stop, thread)


PROGRAM = """
    import threading, time
    from services.kit import logging
    from services.kit.loops import Loop, run_loops

    def slow() -> int:
        print("step", flush=True)
        time.sleep(0.3)
        print("whole", flush=True)
        return 0

    def listen(stop: threading.Event) -> None:
        time.sleep(600)

    logging.configure("test")
    run_loops([Loop("slow", slow, 3000.0), Loop("failing", lambda: 1 // 0, 3000.0)], [listen])
    print("ended", flush=True)
"""


@pytest.mark.parametrize("numbers", [[signal.SIGTERM], [signal.SIGINT], [signal.SIGINT, signal.SIGTERM] * 5])
def test_process_stops_its_loops_on_sigterm(numbers: list[signal.Signals]) -> None:
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
        # A loop's own wait is far longer.
        written, _ = program.communicate(timeout=PATIENCE)
    assert written == "whole\nended\n"
    assert program.returncode == 0


SIGNALLED_THREAD = """
    import signal, threading, time
    from services.kit import logging
    from services.kit.loops import Loop, run_loops

    def receive_signal() -> int:
        # The main thread waits by now, and nothing interrupts it.
        time.sleep(0.3)
        signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
        return 0

    logging.configure("test")
    run_loops([Loop("signalled", receive_signal, 3000.0)])
    print("ended", flush=True)
"""


def test_signal_that_another_thread_receives_stops_the_process() -> None:
    command = [sys.executable, "-c", textwrap.dedent(SIGNALLED_THREAD)]
    done = subprocess.run(command, stdout=subprocess.PIPE, timeout=PATIENCE, text=True, check=False)
    assert (done.stdout.splitlines()[-1], done.returncode) == ("ended", 0)


def test_loop_writes_the_deadline_of_its_next_heartbeat(tmp_path: Path) -> None:
    stop, release, has_begun = threading.Event(), threading.Event(), threading.Event()

    def hold() -> int:
        has_begun.set()
        release.wait(PATIENCE)
        return 0

    loop = Loop("test", hold, 100.0)
    thread = threading.Thread(target=run_loop, args=(loop, stop, tmp_path))
    thread.start()
    assert has_begun.wait(PATIENCE)
    assert list(tmp_path.iterdir()) == []
    began, word = time.time(), tmp_path / "test"
    release.set()
    # The file is made first and gets its time then.
    wait_until(lambda: word.exists() and word.stat().st_mtime > began + 80)
    # What comes seldom is not called more often than it asks for.
    assert began + 89 + LONGEST_STEP < word.stat().st_mtime <= time.time() + 110 + LONGEST_STEP
    stop_loop(loop, stop, thread)


def test_a_loop_goes_on_where_no_word_can_be_left(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    stop, left = threading.Event(), [0, 0, 0]

    def run_step() -> int:
        if len(left) == 1:
            stop.set()
        return left.pop()

    run_loop(Loop("test", run_step, 1.0, wake=Waits()), stop, tmp_path / "file")
    assert left == []


def test_a_loop_that_finds_nothing_rests_and_is_quick_again_after_work() -> None:
    waits = measure_waits([1, 0, 0, 0, 0, 1, 0, 0], 0.1, batch_size=math.inf, idle_interval=0.4)
    # 0.1 after work, twice that at each look in vain but the first, 0.4 at most; each a tenth more or less.
    assert waits == pytest.approx([0.1, 0.1, 0.2, 0.4, 0.4, 0.1, 0.1, 0.2], rel=0.11)


def test_a_loop_that_commits_wake_polls_seldom_when_it_finds_nothing() -> None:
    listening = threading.Event()
    listening.set()
    waits = measure_waits(
        [1, 0, Unavailable(), 0, 0],
        0.1,
        batch_size=math.inf,
        channel="events",
        heard_interval=5.0,
        is_heard=listening,
    )
    # A failure is retried as usual.
    assert waits == pytest.approx([0.1, 5, 0.2, 5, 5], rel=0.11)
