"""The deadline of a worker's shutdown: it ends in time, also while its broker or its name server is away.

Celery stops in the main thread, which may be in a connection attempt or a name lookup that nothing
interrupts.
Beyond the deadline the engine would kill the worker, and its exit code would say that something was wrong.
Nothing is lost by a sudden end: the row of a request is the truth, and its lease runs out.
"""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable

import structlog
from billiard.process import active_children
from celery.worker import state

# Seconds from SIGTERM to the end of a worker without a letter in progress.
IDLE_SECONDS = 10.0
# Seconds beyond the soft shutdown for one that has a letter in progress. The stop_grace_period is longer.
EXTRA_SECONDS = 5.0
_STOP_SIGNALS = frozenset({signal.SIGTERM, signal.SIGQUIT})

log = structlog.get_logger()


def limit_shutdown(soft_shutdown_seconds: float, end: Callable[[], None] | None = None) -> None:
    """Start the thread that ends this process in time after SIGTERM or SIGQUIT. For the main thread only.

    The bytes of arriving signals reach the thread also while the main thread cannot run their handlers.
    """
    reader, writer = socket.socketpair()
    writer.setblocking(False)
    signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    watcher = threading.Thread(
        target=_watch_signals, args=(reader, writer, soft_shutdown_seconds, end or _end_process), daemon=True
    )
    watcher.start()


def ignore_signals_of_parent() -> None:
    """Detach a forked process from its parent's thread: its own signals end nobody else."""
    signal.set_wakeup_fd(-1)


def _watch_signals(
    reader: socket.socket, _writer: socket.socket, soft_shutdown_seconds: float, end: Callable[[], None]
) -> None:
    # The writer is held here, so that it stays open.
    while not _STOP_SIGNALS & set(reader.recv(64)):
        pass
    stopped = time.monotonic()
    while time.monotonic() < stopped + soft_shutdown_seconds + EXTRA_SECONDS:
        if not state.active_requests and time.monotonic() > stopped + IDLE_SECONDS:
            break
        time.sleep(0.1)
    end()


def _end_process() -> None:
    log.warning("worker.stopped-late", reason="the shutdown did not end in time")
    for child in active_children():
        if child.pid is not None:
            os.kill(child.pid, signal.SIGKILL)
    # No atexit handlers: one of them may be what the main thread waits for.
    os._exit(0)
