"""How the PDF worker is put together, and what every one of its processes does when it starts."""

import gc
import logging as stdlib_logging
import os
import resource
from pathlib import Path
from typing import Any

from billiard.util import get_logger as logger_of_the_pool
from celery import Celery, signals

from services.kit import logging, metrics, tracing
from services.kit.http.client import ServiceClient, TokenSource
from services.kit.queue import new_celery
from services.kit.settings import load
from services.pdfworker import tasks
from services.pdfworker.clients import HttpDisclosure
from services.pdfworker.letter.fonts import font_configuration
from services.pdfworker.letter.page import EMBLEM, Look
from services.pdfworker.settings import Settings

# Bytes of address space. A letter of 4,800 rows, 135 pages, took 1.0 GB of it when measured.
MEMORY_LIMIT = 2 * 1024**3


def create_worker(settings: Settings) -> Celery:
    """The Celery app with its task; nothing is connected yet. Raises SettingsError."""
    app = new_celery("pdfworker", settings.broker_url, settings)
    tokens = TokenSource(settings.auth_url, "pdfworker", settings.client_secret)
    look = Look(
        organisation=settings.organisation,
        unit=settings.unit,
        public_url=settings.public_url,
        emblem=settings.emblem or EMBLEM,
        test_mode=settings.test_mode,
    )
    tasks.register(app, HttpDisclosure(ServiceClient(settings.disclosure_url), tokens), look)
    return app


def main() -> None:
    """Work until told to stop. Raises SettingsError."""
    settings = load(Settings)

    def configure_logging(**_: Any) -> None:
        logging.configure("pdfworker", settings.log_level)
        # It tells every page, and its warnings quote what they warn of.
        stdlib_logging.getLogger("weasyprint").setLevel(stdlib_logging.ERROR)
        # By itself it writes plain words when a process dies.
        logger_of_the_pool().propagate = True

    _keep_standard_output_for_nobody()
    # With a receiver of this signal Celery leaves the loggers alone.
    signals.setup_logging.connect(configure_logging)
    signals.worker_process_init.connect(start_process)
    signals.worker_process_shutdown.connect(_end_process)
    configure_logging()
    metrics.listen_when_asked()
    create_worker(settings).worker_main(
        [
            "--quiet",
            "worker",
            f"--concurrency={settings.worker_processes}",
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ]
    )


def _keep_standard_output_for_nobody() -> None:
    # Celery says there, in plain words, what Ctrl+C does; whoever collects logs wants JSON alone.
    with Path(os.devnull).open("w") as nowhere:
        os.dup2(nowhere.fileno(), 1)


def start_process(**_: Any) -> None:
    """Bound a worker process's memory, and load the fonts once for all of its letters."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    font_configuration()
    tracing.start("pdfworker")
    # What is there now stays. To look through it for garbage, three times a letter, was a tenth of a letter.
    gc.freeze()


def _end_process(**_: Any) -> None:
    tracing.stop()
