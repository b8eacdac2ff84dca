"""The routes of inquiry for answers and for letters that an institution has asked for."""

import uuid
from collections.abc import Mapping
from typing import Any

import flask
import svcs
from flask.typing import ResponseReturnValue
from webargs.flaskparser import use_args

from services.disclosure.actions import answers, consent_letters, documents, requests
from services.disclosure.actions.credentials import CredentialSigner
from services.disclosure.actions.snapshots import read_snapshot
from services.disclosure.clients import FactsReader, RecordsReader
from services.disclosure.routes.workers import internal
from services.disclosure.schemas import answers as schemas
from services.disclosure.settings import Settings
from services.disclosure.store.snapshots import find_snapshot
from services.kit.db import Sessions
from services.kit.http.access import CITIZEN, Rule, allow_service, get_caller
from services.kit.storage import SealedObjects

# Permits that show answers only may be issued by a representative; consents are the person's own.
ACCESS: Mapping[str, Rule] = {
    "internal.get_answers_preview": CITIZEN,
    "internal.issue_answers": CITIZEN.allow_representative("self:permits"),
    "internal.get_letter_preview": CITIZEN,
    "internal.request_letter": CITIZEN,
    "internal.cancel_letter": CITIZEN,
    "internal.release_letter": allow_service("disclosure:consents"),
    "internal.get_released_document": allow_service("disclosure:consents"),
}


@internal.post("/answers/preview")
@use_args(schemas.AnswersPreview())
def get_answers_preview(fields: dict[str, Any]) -> ResponseReturnValue:
    """Return the citizen's answers as they are now."""
    return answers.compute_preview(_fetch_facts(), fields["questions"])


@internal.post("/answers")
@use_args(schemas.NewAnswers())
def issue_answers(fields: dict[str, Any]) -> ResponseReturnValue:
    """Return the citizen's answers, signed, from one read of the record."""
    facts = _fetch_facts()
    sessions, settings = svcs.flask.get(Sessions, Settings)
    signer, objects = svcs.flask.get(CredentialSigner, SealedObjects)
    with sessions.begin() as session:
        return answers.issue_answers(session, signer, objects, settings.public_url, facts, **fields)


def _fetch_facts() -> Mapping[str, Any]:
    return svcs.flask.get(FactsReader).fetch_facts(get_caller().token)


def _fetch_statement(types: list[Any]) -> Mapping[str, Any]:
    return svcs.flask.get(RecordsReader).fetch_statement(get_caller().token, types)


@internal.post("/consent-letters/preview")
@use_args(schemas.ConsentLetterPreview())
def get_letter_preview(fields: dict[str, Any]) -> ResponseReturnValue:
    """Return what a letter of these types would show."""
    return consent_letters.describe_preview(_fetch_statement(fields["types"]))


@internal.post("/consent-letters")
@use_args(schemas.NewConsentLetter())
def request_letter(fields: dict[str, Any]) -> ResponseReturnValue:
    """Queue the letter of an approved consent; again the same reply."""
    sessions, caller = svcs.flask.get(Sessions), get_caller()
    with sessions() as session:
        queued = consent_letters.find_own_request(session, caller.person_id, fields["consent_id"])
        agreement = requests.check_agreement(session, fields["agreement_version"], agreed=True)
    if queued is None:
        queued = consent_letters.request_letter(
            sessions,
            caller.person_id,
            fields["consent_id"],
            fields["types"],
            agreement=agreement,
            statement=_fetch_statement(fields["types"]),
        )
    with sessions() as session:
        statement = read_snapshot(svcs.flask.get(SealedObjects), find_snapshot(session, queued.id))
    return {
        "disclosure_request_id": str(queued.id),
        "statement_sha256": consent_letters.compute_statement_hash(statement),
    }


@internal.delete("/consent-letters/<uuid:consent_id>")
def cancel_letter(consent_id: uuid.UUID) -> ResponseReturnValue:
    """Release the letter of a consent to nobody."""
    with svcs.flask.get(Sessions).begin() as session:
        consent_letters.cancel_letter(session, get_caller().person_id, consent_id)
    return "", 204


@internal.post("/consent-letters/<uuid:consent_id>/release")
@use_args(schemas.ReleaseTerms())
def release_letter(fields: dict[str, Any], consent_id: uuid.UUID) -> ResponseReturnValue:
    """Return the signed claims of a consent's letter and its statement; 404 while it is not ready."""
    sessions, settings = svcs.flask.get(Sessions, Settings)
    signer, objects = svcs.flask.get(CredentialSigner, SealedObjects)
    with sessions() as session:
        letter = consent_letters.get_letter_to_release(session, consent_id)
        snapshot = find_snapshot(session, letter.disclosure_id)
    statement = read_snapshot(objects, snapshot)
    with sessions() as session:
        return consent_letters.sign_letter(
            session, signer, settings.public_url, letter, statement, fields["terms"]
        )


@internal.get("/consent-letters/<uuid:consent_id>/document")
def get_released_document(consent_id: uuid.UUID) -> flask.Response:
    """Return the PDF of a consent's letter; 404 while it is not ready. The letter stays unseen."""
    with svcs.flask.get(Sessions)() as session:
        letter = consent_letters.get_letter_to_release(session, consent_id)
    content = documents.read_document(svcs.flask.get(SealedObjects), letter)
    return flask.Response(content, mimetype="application/pdf")
