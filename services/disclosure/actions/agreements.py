"""Versions of the agreement: routes show them, requests name the current one, operators add new ones.

A published text never changes. A new text gets the next number and is current from then on.
"""

import hashlib
from collections.abc import Sequence

import structlog
from sqlalchemy.orm import Session

from services.disclosure.errors import AgreementUnchanged
from services.disclosure.models import Agreement
from services.disclosure.store import agreements
from services.kit.problems import NotFound

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


def add_agreement(session: Session, text_fa: str, text_en: str) -> Agreement:
    """Return a new version with these texts. Raises AgreementUnchanged if they are the current ones."""
    sha256 = hash_agreement(text_fa, text_en)
    current = agreements.find_agreement(session)
    if current and current.sha256 == sha256:
        raise AgreementUnchanged(version=current.version)
    # Of two simultaneous operators with the same number, the primary key rejects one.
    added = Agreement(
        version=current.version + 1 if current else 1, text_fa=text_fa, text_en=text_en, sha256=sha256
    )
    session.add(added)
    session.flush()
    log.info("agreement.added", version=added.version, sha256=sha256)
    return added


def hash_agreement(text_fa: str, text_en: str) -> str:
    """Return the SHA-256 of the Persian text, one line feed and the English text in UTF-8; lowercase hex."""
    return hashlib.sha256(f"{text_fa}\n{text_en}".encode()).hexdigest()
