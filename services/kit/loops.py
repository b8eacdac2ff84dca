"""Background loops, in which the relay, the sweeper and the consumers of a service run.

A service's `background.py` names its loops; `run_loops` runs them in threads until SIGTERM or Ctrl-C.
"""

import gc
import os
import random
import signal
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from obstore.exceptions import BaseError as StorageError
from prometheus_client import Counter, Gauge

from services.kit import logging, metrics
from services.kit.problems import Unavailable
from services.kit.queue import BrokerAway
from services.kit.settings import ProcessSettings, load_settings

MAX_WAIT = 30.0
# More would overflow a float after some hours of failures.
MAX_DOUBLINGS = 10
_STOP_SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT})
# Seconds between steps of an idle loop that notifications wake: a lost one delays its work by no more.
HEARD_INTERVAL = 15.0
# Watchdog: a step longer than this counts as hung (seconds).
LONGEST_STEP = 120.0

FAILURES = Counter("govah_loop_failures", "Steps of a background loop that failed", ["loop"])
LAST_SUCCESS = Gauge(
    "govah_loop_last_success_timestamp_seconds",
    "When a background loop last finished a step",
    ["loop"],
    multiprocess_mode="mostrecent",
)

log = structlog.get_logger()


@dataclass(frozen=True)
class Loop:
    """A step that is called every `interval` seconds, or when `wake` is set, and returns how much it did.

    A step that did `batch_size`, which is the most that one step does, is called again immediately. A step
    that did less is not called for `cooldown` seconds, so that what arrives meanwhile is done together. An
    idle loop slows down to one step every `idle_interval` seconds.

    While `is_heard` is set, commits notify `channel` and so set `wake`; then an idle loop does a step every
    `heard_interval` seconds only.
    """

    name: str
    step: Callable[[], int]
    interval: float
    batch_size: float = 1
    cooldown: float = 0.0
    idle_interval: float = 0.0
    channel: str = ""
    heard_interval: float = HEARD_INTERVAL
    wake: threading.Event = field(default_factory=threading.Event)
    is_heard: threading.Event = field(default_factory=threading.Event)


def run_loops(loops: Sequence[Loop], listeners: Sequence[Callable[[threading.Event], None]] = ()) -> None:
    """Run loops and listeners in threads until the process receives SIGTERM or Ctrl-C.

    With `GOVAH_HEARTBEATS` each loop writes a file there whose time is the deadline of its next heartbeat.
    With `GOVAH_METRICS_LISTEN` failures and successes are served to Prometheus.
    """
    threading.excepthook = logging.log_thread_failure
    metrics.serve_metrics()
    stop = threading.Event()
    heartbeats = load_settings(ProcessSettings).heartbeats
    for loop in loops:
        _write_heartbeat(heartbeats, loop, 0)
    # The interpreter writes the numbers of signals to a socket as they arrive. A handler does not run for one
    # that arrives in another thread, or just before the main thread begins to wait for a lock.
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    for number in _STOP_SIGNALS:
        signal.signal(number, lambda _number, _frame: None)
    threads = [
        threading.Thread(target=run_loop, args=(loop, stop, heartbeats), name=loop.name) for loop in loops
    ]
    threads += [threading.Thread(target=listener, args=(stop,), daemon=True) for listener in listeners]
    for thread in threads:
        thread.start()
    # The modules live as long as the process, so the collector can skip them.
    gc.freeze()
    log.info("background.started", loops=[loop.name for loop in loops])
    while not _STOP_SIGNALS & set(reader.recv(64)):
        pass
    stop.set()
    for loop in loops:
        loop.wake.set()
    for thread in threads:
        if not thread.daemon:
            thread.join(timeout=20)
    signal.set_wakeup_fd(-1)


def run_loop(loop: Loop, stop: threading.Event, heartbeats: Path | None = None) -> None:
    """Call the step until `stop` is set; log a failure and retry, with a backoff of up to `MAX_WAIT`."""
    failures = idle_rounds = 0
    failed, succeeded = FAILURES.labels(loop.name), LAST_SUCCESS.labels(loop.name)
    while not stop.is_set():
        logging.bind_request_id(logging.new_request_id())
        try:
            did = loop.step()
        except (Unavailable, BrokerAway, StorageError, OSError) as error:
            failures += 1
            failed.inc()
            log.warning("loop.waits", loop=loop.name, reason=type(error).__name__, failures=failures)
        # A loop that ended here would stop the service silently.
        except Exception as error:
            failures += 1
            failed.inc()
            log.exception("loop.failed", loop=loop.name, reason=type(error).__name__, failures=failures)
        else:
            failures, idle_rounds = 0, 0 if did else idle_rounds + 1
            succeeded.set_to_current_time()
            if did >= loop.batch_size:
                _write_heartbeat(heartbeats, loop, 0)
                continue
            if did:
                stop.wait(loop.cooldown)
        wait = _choose_wait(loop, failures, idle_rounds) * random.uniform(0.9, 1.1)  # noqa: S311 -- jitter
        _write_heartbeat(heartbeats, loop, wait)
        loop.wake.wait(wait)
        loop.wake.clear()


def _choose_wait(loop: Loop, failures: int, idle_rounds: int) -> float:
    """Return the seconds until the next step, if nothing wakes the loop before."""
    if idle_rounds and not failures and loop.is_heard.is_set():
        return max(loop.interval, loop.heard_interval)
    longest = MAX_WAIT if failures else max(loop.interval, loop.idle_interval)
    doublings = min(failures or max(idle_rounds - 1, 0), MAX_DOUBLINGS)
    return min(longest, loop.interval * 2.0**doublings)


def _write_heartbeat(directory: Path | None, loop: Loop, wait: float) -> None:
    if directory is None:
        return
    due = time.time() + wait + LONGEST_STEP
    # The watchdog sees that the file is not renewed; the loop itself continues.
    with suppress(OSError):
        directory.mkdir(exist_ok=True)
        (directory / loop.name).touch()
        os.utime(directory / loop.name, (due, due))
