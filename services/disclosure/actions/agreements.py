"""The agreement, version by version. Routes show it, requests must name the current one, operators add to it.

A published text is never changed: a new one gets the next number and is the current one from then on.
"""

import hashlib
from collections.abc import Sequence

import structlog
from sqlalchemy.orm import Session

from services.disclosure import store
from services.disclosure.errors import AgreementUnchanged
from services.disclosure.models import Agreement
from services.kit.problems import NotFound

log = structlog.get_logger()


def get_agreement(session: Session, version: int | None = None) -> Agreement:
    """The agreement of that version, the current one for None. Raises NotFound."""
    agreement = store.find_agreement(session, version)
    if agreement is None:
        raise NotFound
    return agreement


def list_agreements(session: Session) -> Sequence[Agreement]:
    """All versions, the current one last."""
    return store.agreements(session)


def add_agreement(session: Session, text_fa: str, text_en: str) -> Agreement:
    """Publish texts as the next version. Raises AgreementUnchanged when they are the current ones."""
    sha256 = agreement_hash(text_fa, text_en)
    current = store.find_agreement(session)
    if current and current.sha256 == sha256:
        raise AgreementUnchanged(version=current.version)
    # Two operators at once get the same number, and the primary key lets one of them have it.
    added = Agreement(
        version=current.version + 1 if current else 1, text_fa=text_fa, text_en=text_en, sha256=sha256
    )
    session.add(added)
    session.flush()
    log.info("agreement.added", version=added.version, sha256=sha256)
    return added


def agreement_hash(text_fa: str, text_en: str) -> str:
    """SHA-256 over the UTF-8 bytes of the Persian text, one line feed, the English text; lowercase hex."""
    return hashlib.sha256(f"{text_fa}\n{text_en}".encode()).hexdigest()
