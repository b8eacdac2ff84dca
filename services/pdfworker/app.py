"""How the PDF worker is put together, and what every one of its processes does when it starts."""

import logging as stdlib_logging
import os
import resource
import sys
from pathlib import Path
from typing import Any

import structlog
from billiard.util import get_logger as logger_of_the_pool
from celery import Celery, signals

from services.kit import logging, metrics, tracing
from services.kit.http.client import ServiceClient, TokenSource
from services.kit.metrics import CERTIFICATE_EXPIRES
from services.kit.queue import new_celery
from services.kit.settings import load_settings, read_secret
from services.pdfworker import tasks
from services.pdfworker.clients import HttpDisclosure
from services.pdfworker.letter.emblem import EMBLEM, emblem_url
from services.pdfworker.letter.page import Look
from services.pdfworker.letter.render import warm_up
from services.pdfworker.settings import Settings
from services.pdfworker.signing.credentials import Credentials, load_credentials, load_letter_key
from services.pdfworker.signing.errors import SigningUnusable
from services.pdfworker.signing.prove import Prover
from services.pdfworker.signing.sign import Signer
from services.pdfworker.signing.timestamp import TimeStampAuthority

# Bytes of address space. A letter of 4,800 rows, 135 pages, took 0.54 GB of it when measured.
MEMORY_LIMIT = 2 * 1024**3
log = structlog.get_logger()
REASON = "صدور نامه اعلام سابقه"


def create_worker(settings: Settings) -> Celery:
    """The Celery app with its task; nothing is connected yet.

    Raises SettingsError, SigningUnusable, EmblemInvalid, FontsMissing, and OSError when the emblem cannot be
    read.
    """
    app = new_celery("pdfworker", settings.broker_url, settings)
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
    disclosure = HttpDisclosure(ServiceClient(settings.disclosure_url), tokens)
    tasks.register(app, disclosure, look, new_prover(settings))
    return app


def new_prover(settings: Settings) -> Prover:
    """The keys that letters are proved with, read for the life of the process. Raises SigningUnusable."""
    credentials = _load_credentials(settings)
    expires = credentials.certificate.not_valid_after_utc
    CERTIFICATE_EXPIRES.labels("signing").set(expires.timestamp())
    authority = None
    if settings.timestamp_url:
        authority = TimeStampAuthority(settings.timestamp_url, settings.timestamp_seconds)
    signer = Signer(credentials, settings.organisation, REASON, authority)
    return Prover(signer, load_letter_key(settings.letter_key_file), settings.public_url)


def _load_credentials(settings: Settings) -> Credentials:
    if settings.signing_file and settings.signing_password_file:
        return load_credentials(settings.signing_file, settings.signing_password_file)
    module, pin = settings.signing_pkcs11_module, settings.signing_pkcs11_pin_file
    certificates = settings.signing_certificates_file
    if not (module and pin and certificates):
        raise AssertionError("the settings demand all of them")
    # Only here, so that a worker whose key is a file needs no PKCS#11 bindings.
    from services.pdfworker.signing.token_key import TokenPlace, load_token_credentials  # noqa: PLC0415

    place = TokenPlace(module, settings.signing_pkcs11_token, settings.signing_pkcs11_key, read_secret(pin))
    return load_token_credentials(place, certificates)


def main() -> None:
    """Work until told to stop; without a valid certificate not even begin. Raises SettingsError."""
    settings = load_settings(Settings)

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
    metrics.serve_metrics()
    try:
        worker = create_worker(settings)
    except SigningUnusable as error:
        log.error("signing.unusable", reason=str(error))  # noqa: TRY400 -- the sentence says it all
        sys.exit(1)
    worker.worker_main(
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
    """Bound a worker process's memory, and load once what all of its letters need."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    warm_up()
    tracing.start("pdfworker")


def _end_process(**_: Any) -> None:
    tracing.stop()
