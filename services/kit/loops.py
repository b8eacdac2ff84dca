"""Background loops: the relay, the sweeper and the consumers of a service run in these.

A service's `background.py` names its loops; `run` keeps them going in threads until SIGTERM or Ctrl-C.
"""

import random
import signal
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from queue import SimpleQueue

import structlog

from services.kit import logging
from services.kit.problems import Unavailable
from services.kit.queue import BrokerAway

MAX_WAIT = 30.0
# More would make a number that no float holds after some hours of failing.
MAX_DOUBLINGS = 10

log = structlog.get_logger()


@dataclass(frozen=True)
class Loop:
    """`step` is called every `every` seconds, sooner when `wake` is set; it returns how much it did."""

    name: str
    step: Callable[[], int]
    every: float
    wake: threading.Event = field(default_factory=threading.Event)


def run(loops: Sequence[Loop], listeners: Sequence[Callable[[threading.Event], None]] = ()) -> None:
    """Run loops and listeners in threads until the process is told to stop."""
    stop = threading.Event()
    # An Event is no thing to set inside a signal's handler: it may interrupt the one who holds its lock.
    told: SimpleQueue[int] = SimpleQueue()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda signal_number, _frame: told.put(signal_number))
    threads = [threading.Thread(target=keep_going, args=(loop, stop), name=loop.name) for loop in loops]
    threads += [threading.Thread(target=listener, args=(stop,), daemon=True) for listener in listeners]
    for thread in threads:
        thread.start()
    log.info("background.started", loops=[loop.name for loop in loops])
    told.get()
    stop.set()
    for loop in loops:
        loop.wake.set()
    for thread in threads:
        if not thread.daemon:
            thread.join(timeout=20)


def keep_going(loop: Loop, stop: threading.Event) -> None:
    """Call the step again and again; what fails is logged and tried again, ever more slowly up to 30 s."""
    failures = 0
    while not stop.is_set():
        logging.bind_request_id(logging.new_request_id())
        try:
            did = loop.step()
        except (Unavailable, BrokerAway, OSError) as error:
            failures += 1
            log.warning("loop.waits", loop=loop.name, reason=type(error).__name__, failures=failures)
        # A loop that ended here would stop the service silently.
        except Exception as error:
            failures += 1
            log.exception("loop.failed", loop=loop.name, reason=type(error).__name__, failures=failures)
        else:
            failures = 0
            if did:
                continue
        wait = min(MAX_WAIT, loop.every * 2 ** min(failures, MAX_DOUBLINGS)) * random.uniform(0.9, 1.1)  # noqa: S311 -- jitter
        loop.wake.wait(wait)
        loop.wake.clear()
