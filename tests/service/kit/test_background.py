"""The loops that every service has: relay, housekeeping and consumers, and which of them a program runs."""

import signal
import subprocess
import sys
import textwrap

import pytest

from services.kit.background import HOUSEKEEPING, RELAY, build_standard_loops
from services.kit.db import Sessions
from services.kit.outbox import add_event
from services.kit.queue import new_celery
from tests.service.kit.tiny import FeedCounter, Outbox


def test_relay_numbers_events_without_a_broker(sessions: Sessions) -> None:
    with sessions.begin() as session:
        add_event(session, Outbox, "note.written", data={})
    [relay] = build_standard_loops("tiny", sessions, new_celery("tiny", "memory://"), Outbox, FeedCounter)
    assert relay.name == RELAY
    assert [relay.step(), relay.step()] == [1, 0]


def test_housekeeping_does_all_jobs_and_returns_their_sum(sessions: Sessions) -> None:
    done = []

    def delete_old() -> None:
        done.append("old")

    def delete_orphans() -> int:
        done.append("orphans")
        return 3

    jobs = [delete_old, delete_orphans]
    broker = new_celery("tiny", "memory://")
    loops = build_standard_loops("tiny", sessions, broker, Outbox, FeedCounter, housekeeping=jobs)
    assert [loop.name for loop in loops] == [RELAY, HOUSEKEEPING]
    assert loops[1].step() == 3
    assert done == ["old", "orphans"]


def test_a_failed_job_of_the_housekeeping_does_not_stop_the_next(sessions: Sessions) -> None:
    done = []

    def fail() -> None:
        raise LookupError

    jobs = [fail, lambda: done.append("orphans")]
    broker = new_celery("tiny", "memory://")
    loops = build_standard_loops("tiny", sessions, broker, Outbox, FeedCounter, housekeeping=jobs)
    with pytest.raises(LookupError):
        loops[1].step()
    assert done == ["orphans"]


@pytest.mark.parametrize("names", [["relay"], ["relay", "consume-other"]])
def test_named_loops_run_and_others_do_not(names: list[str]) -> None:
    program = f"""
        import os

        from services.kit import logging
        from services.kit.background import run_background
        from services.kit.db import new_engine
        from services.kit.loops import Loop

        logging.configure("tiny")

        def step_of(name):
            def step():
                os.write(1, f"{{name}}\\n".encode())
                return 0
            return step

        loops = [Loop(name, step_of(name), 3000.0) for name in ("relay", "sweeper")]
        consumers = {{"other": Loop("consume-other", step_of("consume-other"), 3000.0)}}
        run_background(new_engine("sqlite://"), "memory://", loops, consumers, {names})
    """
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    printed = {process.stdout.readline().strip() for _ in names}
    process.send_signal(signal.SIGTERM)
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert (printed, rest) == (set(names), "")
