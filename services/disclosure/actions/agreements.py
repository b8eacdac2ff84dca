"""Versions of the agreement: routes show them, requests name the current one, operators add new ones.

A published text never changes. A new text gets the next number, and is current from then on or from a later
day.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy.orm import Session

from services.disclosure.errors import AgreementUnchanged
from services.disclosure.models import Agreement
from services.disclosure.store import agreements
from services.kit.db import read_database_time
from services.kit.problems import NotFound, Text, ValidationFailed

PASSED = Text("زمانی در آینده انتخاب کنید.", "Choose a moment that has not passed.")

log = structlog.get_logger()


def get_agreement(session: Session, version: int | None = None) -> Agreement:
    """Return the agreement of a version, or the current one without a version. Raises NotFound."""
    agreement = agreements.find_agreement(session, version)
    if agreement is None:
        raise NotFound
    return agreement


def list_agreements(session: Session) -> Sequence[Agreement]:
    """Return all versions, the current one last."""
    return agreements.list_agreements(session)


def add_agreement(
    session: Session, text_fa: str, text_en: str, valid_from: datetime | None = None
) -> Agreement:
    """Return a new version with these texts, which is current immediately or from a later moment.

    A version that is not valid yet never becomes current if a newer one is valid before.

    Raises AgreementUnchanged if the newest version has these texts, ValidationFailed for a moment that has
    passed.
    """
    sha256 = hash_agreement(text_fa, text_en)
    newest = agreements.find_newest_agreement(session)
    if newest and newest.sha256 == sha256:
        raise AgreementUnchanged(version=newest.version)
    if valid_from is not None and valid_from <= read_database_time(session):
        raise ValidationFailed(("valid_from", PASSED))
    # Of two simultaneous operators with the same number, the primary key rejects one.
    added = Agreement(
        version=newest.version + 1 if newest else 1,
        text_fa=text_fa,
        text_en=text_en,
        sha256=sha256,
        valid_from=valid_from,
    )
    session.add(added)
    session.flush()
    session.refresh(added)
    log.info("agreement.added", version=added.version, sha256=sha256)
    return added


def hash_agreement(text_fa: str, text_en: str) -> str:
    """Return the SHA-256 of the Persian text, one line feed and the English text in UTF-8; lowercase hex."""
    return hashlib.sha256(f"{text_fa}\n{text_en}".encode()).hexdigest()
