"""Letters of approved consents: previewed, queued outside of the person's ten a day, released to inquiry."""

import secrets
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from services.disclosure.actions.answers import Terms, build_claims
from services.disclosure.actions.credentials import CredentialSigner, encode_base64url
from services.disclosure.actions.requests import Wishes, queue_letter_of_consent
from services.disclosure.models import Agreement, DisclosureRequest, Letter
from services.disclosure.store import citizens
from services.disclosure.store import consent_letters as store
from services.kit.canonical_json import compute_json_hash
from services.kit.db import Sessions, read_database_time
from services.kit.problems import NotFound

LETTER_TYPE = "govah-letter+jwt"
KEY_BYTES = 32
# What only the clock changes.
CLOCK = frozenset({"as_of", "as_of_jalali"})

log = structlog.get_logger()


def compute_statement_hash(statement: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a statement's canonical JSON, without the time at which it was made."""
    return compute_json_hash({name: value for name, value in statement.items() if name not in CLOCK})


def describe_preview(statement: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the person sees of a letter before the approval."""
    return {
        "types": statement["types"],
        "summary": statement["summary"],
        "statement_sha256": compute_statement_hash(statement),
    }


def request_letter(
    sessions: Sessions,
    person_id: uuid.UUID,
    consent_id: uuid.UUID,
    types: Sequence[str],
    *,
    agreement: Agreement,
    statement: Mapping[str, Any],
) -> DisclosureRequest:
    """Return the queued request of a consent; the same one if the consent already has it.

    Raises NotFound if the consent is another person's, or has ended.
    """
    try:
        with sessions.begin() as session:
            owner_id = citizens.lock_citizen(session, person_id)
            if queued := _find_own_request(session, owner_id, consent_id):
                return queued
            queued = queue_letter_of_consent(
                session, owner_id, Wishes(types), agreement=agreement, statement=statement
            )
            store.add_link(session, consent_id, queued.id)
            log.info("consent-letter.queued", consent_id=str(consent_id))
            return queued
    except IntegrityError:
        # Another call for the consent was first.
        with sessions() as session:
            queued = _find_own_request(session, citizens.find_owner(session, person_id), consent_id)
        if queued is None:
            raise
        return queued


def find_own_request(
    session: Session, person_id: uuid.UUID, consent_id: uuid.UUID
) -> DisclosureRequest | None:
    """Return the request of a person's consent, or None. Raises NotFound if it is another person's."""
    return _find_own_request(session, citizens.find_owner(session, person_id), consent_id)


def _find_own_request(
    session: Session, owner_id: uuid.UUID, consent_id: uuid.UUID
) -> DisclosureRequest | None:
    queued = store.find_request(session, consent_id)
    if queued is not None and queued.person_id != owner_id:
        raise NotFound
    return queued


def cancel_letter(session: Session, person_id: uuid.UUID, consent_id: uuid.UUID) -> None:
    """Release the letter of a consent to nobody. It still comes to its person's inbox. Idempotent.

    Raises NotFound if the consent is another person's.
    """
    owner_id = citizens.lock_citizen(session, person_id)
    link = store.lock_link(session, consent_id)
    if link is None:
        return
    _find_own_request(session, owner_id, consent_id)
    link.ended_at = link.ended_at or read_database_time(session)
    log.info("consent-letter.cancelled", consent_id=str(consent_id))


def get_letter_to_release(session: Session, consent_id: uuid.UUID) -> Letter:
    """Return the letter of a consent. Raises NotFound while it is not ready, and after its end."""
    letter = store.find_letter_to_release(session, consent_id)
    if letter is None:
        raise NotFound
    return letter


def sign_letter(
    session: Session,
    signer: CredentialSigner,
    issuer: str,
    letter: Letter,
    statement: Mapping[str, Any],
    terms: Terms,
) -> dict[str, Any]:
    """Return the JWS of a letter with a new key for its copies. Raises CredentialsNotIssued."""
    issued_at = read_database_time(session).astimezone(UTC).replace(microsecond=0)
    document_key = encode_base64url(secrets.token_bytes(KEY_BYTES))
    claims = {
        **build_claims(issuer, letter.serial, statement["person"], terms, issued_at),
        "as_of_jalali": statement["as_of_jalali"],
        "serial": letter.serial,
        "sha256": letter.sha256,
        "statement_sha256": compute_statement_hash(statement),
        "document_key": document_key,
    }
    return {
        "jws": signer.sign(claims, LETTER_TYPE),
        "serial": letter.serial,
        "letter_id": str(letter.id),
        "sha256": letter.sha256,
        "statement": statement,
        "document_key": document_key,
        "issued_at": issued_at.isoformat(),
        "ends_at": (issued_at + timedelta(days=terms.answer_days)).isoformat(),
    }
