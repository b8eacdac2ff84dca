"""How a Celery worker of a service runs: JSON log lines, metrics, and an end in time."""

import gc
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from billiard.util import get_logger as get_pool_logger
from celery import Celery, signals

from services.kit import logging, metrics, tracing
from services.kit.shutdown import ignore_signals_of_parent, limit_shutdown


def run_worker(
    service: str,
    log_level: str,
    processes: int,
    create: Callable[[], Celery],
    prepare: Callable[[], None],
    *,
    role: str | None = None,
    load: Callable[[], None] | None = None,
) -> None:
    """Run a worker until it is stopped; `prepare` is called in each of its processes.

    `load` is called once before them, so that they share what it has loaded.

    It answers through the broker as ``role@host``; without a role, by the name of the service. Two workers of
    one host need two names: an answer to one would be taken for the other's. Raises what `create` raises.
    """

    def configure_logging(**_: Any) -> None:
        logging.configure(service, log_level)
        # Otherwise it writes plain text, not JSON, when a process dies.
        get_pool_logger().propagate = True

    def start_process(**_: Any) -> None:
        ignore_signals_of_parent()
        prepare()
        tracing.start(service)

    def stop_process(**_: Any) -> None:
        tracing.stop()

    _discard_standard_output()
    # Celery configures no loggers if this signal has a receiver. It holds receivers weakly by default.
    signals.setup_logging.connect(configure_logging, weak=False)
    signals.worker_process_init.connect(start_process, weak=False)
    signals.worker_process_shutdown.connect(stop_process, weak=False)
    configure_logging()
    metrics.serve_metrics()
    app = create()
    if load:
        load()
    limit_shutdown(app.conf.worker_soft_shutdown_timeout)
    # A collector that went through all of it in every forked process would copy the memory that they share.
    gc.collect()
    gc.freeze()
    app.worker_main(
        [
            "--quiet",
            "worker",
            f"--concurrency={processes}",
            f"--hostname={role or service}@%h",
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ]
    )


def _discard_standard_output() -> None:
    # Celery prints plain text about Ctrl+C there, and log collectors read JSON only.
    with Path(os.devnull).open("w") as null:
        os.dup2(null.fileno(), 1)
