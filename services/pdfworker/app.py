"""How the PDF worker is put together, and what every one of its processes does when it starts."""

import logging as stdlib_logging
import resource
from typing import Any

from celery import Celery, signals

from services.kit import logging
from services.kit.http.client import ServiceClient, TokenSource
from services.kit.queue import new_celery
from services.kit.settings import load
from services.pdfworker import tasks
from services.pdfworker.clients import HttpDisclosure
from services.pdfworker.letter.emblem import EMBLEM, emblem_url
from services.pdfworker.letter.page import Look
from services.pdfworker.letter.render import warm_up
from services.pdfworker.settings import Settings

# Bytes of address space. A letter of 4,800 rows, 135 pages, took 0.54 GB of it when measured.
MEMORY_LIMIT = 2 * 1024**3


def create_worker(settings: Settings) -> Celery:
    """The Celery app with its task; nothing is connected yet.

    Raises SettingsError, EmblemInvalid, FontsMissing, and OSError when the emblem cannot be read.
    """
    app = new_celery("pdfworker", settings.broker_url)
    tokens = TokenSource(settings.auth_url, "pdfworker", settings.client_secret)
    look = Look(
        organisation=settings.organisation,
        unit=settings.unit,
        note=settings.letter_note,
        public_url=settings.public_url,
        emblem=settings.emblem or EMBLEM,
        test_mode=settings.test_mode,
    )
    # What is wrong with it shows now and not with the first letter.
    emblem_url(look.emblem)
    tasks.register(app, HttpDisclosure(ServiceClient(settings.disclosure_url), tokens), look)
    return app


def main() -> None:
    """Work until told to stop. Raises SettingsError."""
    settings = load(Settings)

    def configure_logging(**_: Any) -> None:
        logging.configure("pdfworker", settings.log_level)
        # It tells every page, and its warnings quote what they warn of.
        stdlib_logging.getLogger("weasyprint").setLevel(stdlib_logging.ERROR)

    # With a receiver of this signal Celery leaves the loggers alone.
    signals.setup_logging.connect(configure_logging)
    signals.worker_process_init.connect(start_process)
    configure_logging()
    create_worker(settings).worker_main(
        [
            "--quiet",
            "worker",
            f"--concurrency={settings.worker_processes}",
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ]
    )


def start_process(**_: Any) -> None:
    """Bound a worker process's memory, and load once what all of its letters need."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    warm_up()
