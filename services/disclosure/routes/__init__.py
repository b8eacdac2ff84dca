"""Routes: the public API of disclosure, and the internal calls of pdfworker and inquiry.

Routes own the transactions; a route that cannot write opens a session only.
"""

import uuid
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

import flask
import svcs
from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from services.disclosure import schemas
from services.disclosure.actions import activity, agreements, documents, letters, requests
from services.disclosure.actions.snapshots import read_snapshot
from services.disclosure.clients import RecordsReader
from services.disclosure.models import (
    Agreement,
    DisclosureRequest,
    IdempotencyKey,
    Letter,
    LetterLanguage,
    RequestState,
)
from services.disclosure.routes import administration, answers, credentials
from services.disclosure.routes.workers import internal
from services.disclosure.store import citizens
from services.disclosure.store.activity import list_gaps
from services.kit.db import Sessions
from services.kit.http.access import (
    ANYONE,
    CITIZEN,
    LARGE_BODY,
    Rule,
    allow_citizen_officer_or_admin,
    allow_citizen_or_officer,
    allow_officer,
    allow_service,
    get_caller,
)
from services.kit.http.idempotency import IdempotentCall, idempotent
from services.kit.http.server import Blueprint
from services.kit.paging import PageQuery, build_page
from services.kit.problems import select_language
from services.kit.statement_types import StatementType
from services.kit.storage import SealedObjects

_ASKER = allow_citizen_or_officer("helpdesk").allow_representative("self:letters")
_ASKER_OR_ADMIN = allow_citizen_officer_or_admin("helpdesk").allow_representative("self:letters")

ACCESS: Mapping[str, Rule] = {
    "disclosure.list_request_types": ANYONE,
    "disclosure.get_agreement": ANYONE,
    "disclosure.create_request": CITIZEN.allow_representative("self:letters"),
    "disclosure.list_requests": _ASKER_OR_ADMIN,
    "disclosure.get_request": _ASKER,
    "disclosure.retry_request": _ASKER_OR_ADMIN,
    "disclosure.list_letters": CITIZEN.allow_representative("self:letters"),
    "disclosure.get_letter": CITIZEN.allow_representative("self:letters"),
    "disclosure.get_document": CITIZEN.allow_representative("self:letters"),
    "disclosure.revoke_letter": allow_officer("helpdesk"),
    "disclosure.list_activity": CITIZEN,
    "disclosure.get_quota": CITIZEN.allow_representative("self:letters"),
    **administration.ACCESS,
    **credentials.ACCESS,
    "internal.claim_request": allow_service("disclosure:render"),
    "internal.put_document": allow_service("disclosure:render").allow_body(LARGE_BODY),
    "internal.report_failure": allow_service("disclosure:render"),
    "internal.get_letter_for_sealing": CITIZEN.allow_representative("self:permits"),
    "internal.get_document_for_sealing": CITIZEN.allow_representative("self:permits"),
    **answers.ACCESS,
    "feed.events": allow_service("disclosure:events"),
}

blueprint = Blueprint("disclosure", __name__, url_prefix="/api/v1/disclosure")


def _get_sessions() -> Sessions:
    return svcs.flask.get(Sessions)


def _open_session() -> Session:
    """Return a session for reading."""
    return _get_sessions()()


def _begin_transaction() -> AbstractContextManager[Session]:
    """Return a session that commits at the end of its block."""
    return _get_sessions().begin()


def _get_objects() -> SealedObjects:
    return svcs.flask.get(SealedObjects)


def _choose_language() -> str:
    return select_language(request.accept_languages)


def _find_person_id(session: Session) -> uuid.UUID:
    """Return who the citizen is that calls: after a merger the person who remains."""
    return citizens.find_owner(session, get_caller().person_id)


def _find_owner_id(session: Session) -> uuid.UUID | None:
    """Return whose requests the caller may read: the citizen's own; None for officers and admins, for all."""
    return None if get_caller().role in {"officer", "admin"} else _find_person_id(session)


@blueprint.route("/request-types")
@blueprint.response(200, schemas.RequestTypes)
def list_request_types() -> Mapping[str, Any]:
    """Return the types of statement that a letter can show."""
    language = _choose_language()
    return {"items": [{"type": kind, "title": kind.label.pick(language)} for kind in StatementType]}


@blueprint.route("/quota")
@blueprint.response(200, schemas.Quota)
def get_quota() -> requests.Quota:
    """Return how many letters the caller may still request in these 24 hours."""
    with _open_session() as session:
        return requests.read_quota(session, _find_person_id(session))


@blueprint.route("/agreement")
@blueprint.arguments(schemas.AgreementQuery, location="query")
@blueprint.response(200, schemas.Agreement)
def get_agreement(query: dict[str, Any]) -> Agreement:
    """Return the agreement that a request must name and accept, or an older version of it."""
    with _open_session() as session:
        return agreements.get_agreement(session, query["version"])


@blueprint.route("/requests", methods=["POST"])
@blueprint.arguments(schemas.NewRequest)
@blueprint.response(202, schemas.RequestAccepted)
@idempotent(IdempotencyKey)
def create_request(fields: dict[str, Any], call: IdempotentCall) -> ResponseReturnValue:
    """Request a letter, which will be in the inbox when it is ready."""
    person_id = get_caller().person_id
    wishes = requests.Wishes(
        fields["types"], fields["note"], LetterLanguage(fields["language"]), fields["latin_name"]
    )
    with call.check() as session:
        agreement = requests.check_agreement(
            session, fields["agreement_version"], agreed=fields["agreed"] is True
        )
    statement = svcs.flask.get(RecordsReader).fetch_statement(get_caller().token, wishes.types)
    with call.transaction() as session:
        queued = requests.request_disclosure(
            session,
            person_id,
            wishes,
            agreement=agreement,
            statement=statement,
        )
        return call.build_reply(_describe_queued(queued), 202)


def _describe_queued(queued: DisclosureRequest) -> dict[str, Any]:
    return {"id": str(queued.id), "tracking_number": queued.tracking_number, "status": queued.state.value}


@blueprint.route("/requests")
@blueprint.arguments(schemas.RequestQuery, location="query")
@blueprint.response(200, schemas.RequestPage)
def list_requests(query: dict[str, Any]) -> Mapping[str, Any]:
    """Return a citizen's own requests, or all requests for an officer; newest first.

    An admin reads failed requests only, without the person's note and Latin name.
    """
    language, is_admin = _choose_language(), get_caller().role == "admin"
    state = RequestState.FAILED if is_admin else query["status"]
    with _open_session() as session:
        page = requests.list_requests(
            session, _find_owner_id(session), state, limit=query["limit"], cursor=query["cursor"]
        )
    hidden = {"note": None, "latin_name": None} if is_admin else {}
    return build_page(*page, lambda tracked: {**schemas.describe_request(tracked, language), **hidden})


@blueprint.route("/requests/<uuid:disclosure_id>")
@blueprint.response(200, schemas.Request)
def get_request(disclosure_id: uuid.UUID) -> Mapping[str, Any]:
    """Return a request and its state."""
    with _open_session() as session:
        tracked = requests.get_request(session, disclosure_id, _find_owner_id(session))
    return schemas.describe_request(tracked, _choose_language())


@blueprint.route("/requests/<uuid:disclosure_id>/retry", methods=["POST"])
@blueprint.response(202, schemas.RequestAccepted)
def retry_request(disclosure_id: uuid.UUID) -> Mapping[str, Any]:
    """Queue a failed request again."""
    with _begin_transaction() as session:
        return _describe_queued(requests.retry_request(session, disclosure_id, _find_owner_id(session)))


@blueprint.route("/inbox")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, schemas.LetterPage)
def list_letters(query: dict[str, Any]) -> Mapping[str, Any]:
    """Return the caller's letters, newest first."""
    with _open_session() as session:
        items, next_cursor = letters.list_letters(session, _find_person_id(session), **query)
    return {"items": items, "next_cursor": next_cursor}


@blueprint.route("/inbox/<uuid:letter_id>")
@blueprint.response(200, schemas.InboxLetter)
def get_letter(letter_id: uuid.UUID) -> letters.InboxLetter:
    """Return a letter."""
    with _open_session() as session:
        return letters.get_inbox_letter(session, letter_id, _find_person_id(session))


@blueprint.route("/inbox/<uuid:letter_id>/document")
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/pdf")
def get_document(letter_id: uuid.UUID) -> flask.Response:
    """Return the letter as a signed PDF."""
    letter, response = _read_document(letter_id)
    with _begin_transaction() as session:
        letters.mark_seen(session, letter)
    return response


def _read_document(letter_id: uuid.UUID) -> tuple[Letter, flask.Response]:
    with _open_session() as session:
        letter = letters.get_letter(session, letter_id, _find_person_id(session))
    response = flask.Response(documents.read_document(_get_objects(), letter), mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="govah-{letter.serial}.pdf"'
    return letter, response


@blueprint.route("/letters/<serial>/revocation", methods=["POST"])
@blueprint.arguments(schemas.Revocation)
@blueprint.response(200, schemas.Letter)
def revoke_letter(fields: dict[str, Any], serial: str) -> Letter:
    """Declare that a letter was issued in error."""
    with _begin_transaction() as session:
        return letters.revoke_letter(session, serial, get_caller().subject, fields["reason"])


@blueprint.route("/activity")
@blueprint.arguments(schemas.ActivityQuery, location="query")
@blueprint.response(200, schemas.ActivityPage)
def list_activity(query: dict[str, Any]) -> Mapping[str, Any]:
    """Return everything that happened to the caller, newest first."""
    language = _choose_language()
    with _open_session() as session:
        gaps = list_gaps(session, query["month"]) if query["cursor"] is None else []
        page = activity.list_activity(session, _find_person_id(session), **query)
    return build_page(*page, lambda item: schemas.describe_item(item, language)) | {"gaps": gaps}


@internal.get("/letters/<uuid:letter_id>")
def get_letter_for_sealing(letter_id: uuid.UUID) -> ResponseReturnValue:
    """Return a letter and its statement, for a permit."""
    with _open_session() as session:
        letter, snapshot = letters.get_letter_for_sealing(session, letter_id, _find_person_id(session))
    statement = read_snapshot(_get_objects(), snapshot)
    return {"letter": schemas.SealedLetter().dump(letter), "statement": statement}


@internal.get("/letters/<uuid:letter_id>/document")
def get_document_for_sealing(letter_id: uuid.UUID) -> flask.Response:
    """Return the letter as a signed PDF, for a permit. The letter stays unseen."""
    return _read_document(letter_id)[1]
