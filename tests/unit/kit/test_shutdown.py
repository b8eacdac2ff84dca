"""A worker ends in time after SIGTERM, whatever its main thread waits for."""

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.waiting import PATIENCE

# The main thread swallows the signal, as one that never returns from a library does.
PROGRAM = """
import os, signal, sys, threading, time
from celery.worker import state
from services.kit import shutdown
shutdown.IDLE_SECONDS, shutdown.EXTRA_SECONDS = 0.1, {extra}
signal.signal(signal.SIGTERM, lambda *_: print("swallowed", flush=True))
shutdown.limit_shutdown({soft})
{more}
print("ready", flush=True)
while True:
    time.sleep(60)
"""
IN_PROGRESS = """
class Request: pass
request = Request()
state.active_requests.add(request)
"""
CHILD = """
ready, child_is_ready = os.pipe()
child = os.fork()
if child == 0:
    shutdown.ignore_signals_of_parent()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.write(child_is_ready, b".")
    while True:
        time.sleep(60)
os.read(ready, 1)
os.kill(child, signal.SIGTERM)
time.sleep(1)
print("child signalled", flush=True)
os.kill(child, signal.SIGKILL)
"""

Start = subprocess.Popen[str]


@pytest.fixture
def processes() -> Iterator[list[Start]]:
    started: list[Start] = []
    yield started
    for process in started:
        with process:
            process.kill()


def start(processes: list[Start], *, soft: float = 0, extra: float = 0, more: str = "") -> Start:
    program = PROGRAM.format(soft=soft, extra=extra, more=more)
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    processes.append(process)
    return process


def read_line(process: Start) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_worker_whose_main_thread_hangs_ends_after_sigterm(processes: list[Start]) -> None:
    worker = start(processes)
    assert read_line(worker) == "ready"
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(PATIENCE) == 0


def test_a_letter_in_progress_has_the_time_of_the_soft_shutdown(processes: list[Start]) -> None:
    worker = start(processes, soft=3600, more=IN_PROGRESS)
    assert read_line(worker) == "ready"
    worker.send_signal(signal.SIGTERM)
    assert read_line(worker) == "swallowed"
    with pytest.raises(subprocess.TimeoutExpired):
        worker.wait(2)


def test_a_letter_in_progress_ends_with_the_deadline(processes: list[Start]) -> None:
    worker = start(processes, soft=0.2, more=IN_PROGRESS)
    assert read_line(worker) == "ready"
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(PATIENCE) == 0


def test_a_signal_to_a_child_does_not_end_its_parent(processes: list[Start]) -> None:
    worker = start(processes, more=CHILD)
    assert read_line(worker) == "child signalled"
    assert read_line(worker) == "ready"
    assert worker.poll() is None


def test_other_signals_end_nothing(processes: list[Start]) -> None:
    worker = start(processes, more="signal.signal(signal.SIGUSR2, lambda *_: print('heard', flush=True))")
    assert read_line(worker) == "ready"
    worker.send_signal(signal.SIGUSR2)
    assert read_line(worker) == "heard"
    with pytest.raises(subprocess.TimeoutExpired):
        worker.wait(1)
