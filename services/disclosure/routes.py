"""HTTP ↔ actions: the public calls of disclosure, and the internal ones of pdfworker and inquiry."""

import uuid
from collections.abc import Mapping
from typing import Any, cast

import flask
import svcs
from flask import jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from webargs.flaskparser import use_args

from services.disclosure import schemas
from services.disclosure.actions import activity, attempts, documents, letters, requests
from services.disclosure.actions.agreements import get_agreement
from services.disclosure.actions.snapshots import read_snapshot
from services.disclosure.clients import Records
from services.disclosure.models import Agreement, DisclosureRequest, IdempotencyKey, Letter
from services.disclosure.settings import Settings
from services.kit.http.access import (
    ANYONE,
    CITIZEN,
    LARGE_BODY,
    Rule,
    caller,
    citizen_or_officer,
    officer,
    service,
)
from services.kit.http.idempotency import IdempotentCall, idempotent
from services.kit.http.server import Blueprint
from services.kit.paging import PageQuery, page_of
from services.kit.problems import UnsupportedMediaType, choose_language
from services.kit.statement_types import StatementType
from services.kit.storage import SealedObjects

ACCESS: Mapping[str, Rule] = {
    "disclosure.request_types": ANYONE,
    "disclosure.agreement": ANYONE,
    "disclosure.create_request": CITIZEN,
    "disclosure.list_requests": citizen_or_officer("helpdesk"),
    "disclosure.get_request": citizen_or_officer("helpdesk"),
    "disclosure.retry_request": citizen_or_officer("helpdesk"),
    "disclosure.list_inbox": CITIZEN,
    "disclosure.get_letter": CITIZEN,
    "disclosure.get_document": CITIZEN,
    "disclosure.revoke_letter": officer("helpdesk"),
    "disclosure.list_activity": CITIZEN,
    "internal.claim": service("disclosure:render"),
    "internal.put_document": service("disclosure:render").up_to(LARGE_BODY),
    "internal.report_failure": service("disclosure:render"),
    "internal.letter_for_sealing": CITIZEN,
    "internal.document_for_sealing": CITIZEN,
    "feed.events": service("disclosure:events"),
}

# Making a schema costs more than using it.
CLAIM = schemas.ClaimSchema()

blueprint = Blueprint("disclosure", __name__, url_prefix="/api/v1/disclosure")
internal = flask.Blueprint("internal", __name__, url_prefix="/internal")


def _session() -> Session:
    return svcs.flask.get(Session)


def _objects() -> SealedObjects:
    return svcs.flask.get(SealedObjects)


def _language() -> str:
    return choose_language(request.accept_languages)


def _owner() -> uuid.UUID | None:
    """Whose things the caller may see; None is everybody's."""
    return None if caller().role == "officer" else caller().person_id


@blueprint.route("/request-types")
@blueprint.response(200, schemas.RequestTypes)
def request_types() -> Mapping[str, Any]:
    """What a letter can show."""
    return {"items": [{"type": kind, "title": kind.label.pick(_language())} for kind in StatementType]}


@blueprint.route("/agreement")
@blueprint.arguments(schemas.AgreementQuery, location="query")
@blueprint.response(200, schemas.AgreementSchema)
def agreement(query: dict[str, Any]) -> Agreement:
    """The agreement that a request must name and accept, or an older version of it."""
    with _session() as session:
        return get_agreement(session, query["version"])


@blueprint.route("/requests", methods=["POST"])
@blueprint.arguments(schemas.NewRequest)
@blueprint.response(202, schemas.RequestAccepted)
@idempotent(IdempotencyKey)
def create_request(fields: dict[str, Any], call: IdempotentCall) -> ResponseReturnValue:
    """Ask for a letter; it comes to the inbox."""
    person_id, types = caller().person_id, fields["types"]
    with call.check() as session:
        agreed_to = requests.check_agreement(
            session, fields["agreement_version"], agreed=fields["agreed"] is True
        )
    statement = svcs.flask.get(Records).statement(caller().token, types)
    with call.transaction() as session:
        queued = requests.request_disclosure(
            session,
            person_id,
            types=types,
            agreement=agreed_to,
            statement=statement,
            note=fields["note"],
        )
        return call.reply(_accepted(queued), 202)


def _accepted(queued: DisclosureRequest) -> dict[str, Any]:
    return {"id": str(queued.id), "tracking_number": queued.tracking_number, "status": queued.state.value}


@blueprint.route("/requests")
@blueprint.arguments(schemas.RequestQuery, location="query")
@blueprint.response(200, schemas.RequestPage)
def list_requests(query: dict[str, Any]) -> Mapping[str, Any]:
    """One's own requests, everybody's for an officer; newest first."""
    language = _language()
    with _session() as session:
        page = requests.list_requests(
            session, _owner(), query["status"], limit=query["limit"], cursor=query["cursor"]
        )
    return page_of(*page, lambda following: schemas.show_request(following, language))


@blueprint.route("/requests/<uuid:disclosure_id>")
@blueprint.response(200, schemas.RequestSchema)
def get_request(disclosure_id: uuid.UUID) -> Mapping[str, Any]:
    """One request and where it stands."""
    with _session() as session:
        return schemas.show_request(requests.get_request(session, disclosure_id, _owner()), _language())


@blueprint.route("/requests/<uuid:disclosure_id>/retry", methods=["POST"])
@blueprint.response(202, schemas.RequestAccepted)
def retry_request(disclosure_id: uuid.UUID) -> Mapping[str, Any]:
    """Queue a failed request again."""
    session = _session()
    with session.begin():
        return _accepted(requests.retry_request(session, disclosure_id, _owner()))


@blueprint.route("/inbox")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, schemas.LetterPage)
def list_inbox(query: dict[str, Any]) -> Mapping[str, Any]:
    """One's letters, newest first."""
    with _session() as session:
        items, next_cursor = letters.list_letters(session, caller().person_id, **query)
    return {"items": items, "next_cursor": next_cursor}


@blueprint.route("/inbox/<uuid:letter_id>")
@blueprint.response(200, schemas.LetterSchema)
def get_letter(letter_id: uuid.UUID) -> Letter:
    """One letter."""
    with _session() as session:
        return letters.get_letter(session, letter_id, caller().person_id)


@blueprint.route("/inbox/<uuid:letter_id>/document")
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/pdf")
def get_document(letter_id: uuid.UUID) -> flask.Response:
    """The letter as a signed PDF."""
    session = _session()
    letter, reply = _document(session, letter_id)
    with session.begin():
        letters.see_letter(session, letter)
    return reply


def _document(session: Session, letter_id: uuid.UUID) -> tuple[Letter, flask.Response]:
    with session.begin():
        letter = letters.get_letter(session, letter_id, caller().person_id)
    reply = flask.Response(documents.read_document(_objects(), letter), mimetype="application/pdf")
    reply.headers["Content-Disposition"] = f'inline; filename="govah-{letter.serial}.pdf"'
    return letter, reply


@blueprint.route("/letters/<serial>/revocation", methods=["POST"])
@blueprint.arguments(schemas.Revocation)
@blueprint.response(200, schemas.LetterSchema)
def revoke_letter(fields: dict[str, Any], serial: str) -> Letter:
    """Declare a letter issued in error."""
    session = _session()
    with session.begin():
        return letters.revoke_letter(session, serial, caller().subject, fields["reason"])


@blueprint.route("/activity")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, schemas.ActivityPage)
def list_activity(query: dict[str, Any]) -> Mapping[str, Any]:
    """Everything that happened, newest first."""
    language = _language()
    with _session() as session:
        page = activity.list_activity(session, caller().person_id, **query)
    return page_of(*page, lambda item: schemas.show_item(item, language))


@internal.post("/requests/<uuid:disclosure_id>/claim")
def claim(disclosure_id: uuid.UUID) -> ResponseReturnValue:
    session = _session()
    with session.begin():
        claimed = attempts.claim_request(session, disclosure_id, svcs.flask.get(Settings).lease)
    return cast("dict[str, Any]", CLAIM.dump(claimed))


@internal.put("/requests/<uuid:disclosure_id>/document")
@use_args(schemas.DocumentHeaders(), location="headers")
def put_document(headers: dict[str, Any], disclosure_id: uuid.UUID) -> ResponseReturnValue:
    if request.mimetype != "application/pdf":
        raise UnsupportedMediaType
    posted = documents.Document(content=request.get_data(cache=False), **headers)
    letter, is_new = documents.store_document(_session(), _objects(), disclosure_id, posted)
    return jsonify(letter_id=letter.id), 201 if is_new else 200


@internal.post("/requests/<uuid:disclosure_id>/failure")
@use_args(schemas.FailureReport())
def report_failure(report: dict[str, Any], disclosure_id: uuid.UUID) -> ResponseReturnValue:
    session = _session()
    with session.begin():
        attempts.report_failure(session, disclosure_id, **report)
    return "", 204


@internal.get("/letters/<uuid:letter_id>")
def letter_for_sealing(letter_id: uuid.UUID) -> ResponseReturnValue:
    with _session() as session:
        letter, key, row = letters.letter_for_sealing(session, letter_id, caller().person_id)
    statement = read_snapshot(_objects(), key, row)
    return {"letter": schemas.SealedLetter().dump(letter), "statement": statement}


@internal.get("/letters/<uuid:letter_id>/document")
def document_for_sealing(letter_id: uuid.UUID) -> flask.Response:
    # Sealing is not reading: the letter stays unseen.
    return _document(_session(), letter_id)[1]
