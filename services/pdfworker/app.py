"""Wiring of the PDF worker, and what each of its processes does at its start."""

import logging as stdlib_logging
import resource
import sys
from functools import partial

import structlog
from celery import Celery

from services.kit.http.client import ServiceClient, TokenSource
from services.kit.metrics import CERTIFICATE_EXPIRES
from services.kit.queue import new_celery
from services.kit.settings import load_settings, read_secret
from services.kit.workers import run_worker
from services.pdfworker import tasks
from services.pdfworker.clients import HttpDisclosure
from services.pdfworker.letter.emblem import EMBLEM, load_emblem
from services.pdfworker.letter.page import Letterhead
from services.pdfworker.letter.render import warm_up
from services.pdfworker.settings import Settings
from services.pdfworker.signing.credentials import Credentials, load_credentials, load_letter_key
from services.pdfworker.signing.errors import SigningUnusable
from services.pdfworker.signing.prove import Prover
from services.pdfworker.signing.sign import Signer
from services.pdfworker.signing.timestamp import TimeStampAuthority

# Bytes of address space. A letter of 4,800 rows and 135 pages took 0.54 GB when measured.
MEMORY_LIMIT = 2 * 1024**3
log = structlog.get_logger()
REASON = "صدور نامه اعلام سابقه"


def create_worker(settings: Settings) -> Celery:
    """Return the Celery app with its task; no connection is open yet.

    Raises SettingsError, SigningUnusable, EmblemInvalid, FontsMissing, and OSError if the emblem cannot be
    read.
    """
    app = new_celery("pdfworker", settings.broker_url, settings)
    tokens = TokenSource(settings.auth_url, "pdfworker", settings.read_client_secrets)
    letterhead = build_letterhead(settings)
    # An invalid emblem fails at the start, not with the first letter.
    load_emblem(letterhead.emblem)
    disclosure = HttpDisclosure(ServiceClient(settings.disclosure_url), tokens)
    tasks.register_tasks(app, disclosure, letterhead, create_prover(settings))
    return app


def build_letterhead(settings: Settings) -> Letterhead:
    """Return what an installation prints on its letters."""
    return Letterhead(
        organisation=settings.organisation,
        unit=settings.unit,
        organisation_en=settings.organisation_en,
        unit_en=settings.unit_en,
        note=settings.letter_note,
        public_url=settings.public_url,
        emblem=settings.emblem or EMBLEM,
        test_mode=settings.test_mode,
    )


def create_prover(settings: Settings) -> Prover:
    """Return the prover of letters; its keys are read once in a process. Raises SigningUnusable."""
    credentials = _load_credentials(settings)
    expires = credentials.certificate.not_valid_after_utc
    CERTIFICATE_EXPIRES.labels("signing").set(expires.timestamp())
    authority = None
    if settings.timestamp_url:
        authority = TimeStampAuthority(
            settings.timestamp_url, settings.timestamp_seconds, settings.egress_proxy
        )
    signer = Signer(credentials, settings.organisation, REASON, authority)
    return Prover(signer, load_letter_key(settings.letter_key_file), settings.public_url)


def _load_credentials(settings: Settings) -> Credentials:
    if settings.signing_file and settings.signing_password_file:
        return load_credentials(settings.signing_file, settings.signing_password_file)
    module, pin = settings.signing_pkcs11_module, settings.signing_pkcs11_pin_file
    certificates = settings.signing_certificates_file
    if not (module and pin and certificates):
        raise AssertionError("the settings require all of them")
    # Imported here, so that a worker whose key is in a file needs no PKCS#11 bindings.
    from services.pdfworker.signing.token_key import TokenLocation, load_token_credentials  # noqa: PLC0415

    location = TokenLocation(
        module, settings.signing_pkcs11_token, settings.signing_pkcs11_key, read_secret(pin)
    )
    return load_token_credentials(location, certificates)


def main() -> None:
    """Run the worker until it is stopped. Exit with 1 without a valid certificate. Raises SettingsError."""
    settings = load_settings(Settings)
    # It logs every page, and its warnings quote the letter.
    stdlib_logging.getLogger("weasyprint").setLevel(stdlib_logging.ERROR)
    create = partial(create_worker, settings)
    try:
        run_worker(
            "pdfworker",
            settings.log_level,
            settings.worker_processes,
            create,
            prepare_process,
            load=lambda: warm_up(build_letterhead(settings)),
        )
    except SigningUnusable as error:
        log.error("signing.unusable", reason=str(error))  # noqa: TRY400 -- the sentence says it all
        sys.exit(1)


def prepare_process() -> None:
    """Limit the memory of a worker process; what its letters need is loaded before it is forked."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
