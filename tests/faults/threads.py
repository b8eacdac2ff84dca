"""Threads that do something until a test has seen enough."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


@contextmanager
def run_threads(threads: Sequence[threading.Thread], stop: threading.Event) -> Iterator[None]:
    """Run threads until the context is left; they end soon after `stop` is set."""
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
