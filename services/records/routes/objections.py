"""A person's own objections: drafts, their submission, and their status."""

import uuid
from collections.abc import Mapping
from typing import Any

import svcs
from flask import jsonify
from flask.typing import ResponseReturnValue

from services.kit.db import Sessions
from services.kit.http.access import get_caller
from services.kit.http.idempotency import IdempotentCall, idempotent
from services.kit.http.server import Blueprint
from services.kit.paging import PageQuery, fetch_page
from services.records.actions import objections, questions
from services.records.actions.objections import Claim
from services.records.actions.people import get_person
from services.records.models import IdempotencyKey, Objection
from services.records.schemas import objections as schemas
from services.records.schemas.claims import NewObjection
from services.records.store.objections import select_objections

blueprint = Blueprint("objections", __name__, url_prefix="/api/v1/records/me/objections")


@blueprint.route("", methods=["POST"])
@blueprint.arguments(NewObjection)
@blueprint.response(201, schemas.Objection)
@idempotent(IdempotencyKey)
def draft_objection(claim: Claim, call: IdempotentCall) -> ResponseReturnValue:
    """Draft an objection; it replaces an older draft of its kind."""
    with call.transaction() as session:
        draft = objections.draft_objection(session, get_person(session, get_caller().person_id), claim)
        return call.build_reply(_dump_objection(draft), 201)


@blueprint.route("")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, schemas.ObjectionPage)
def list_objections(query: dict[str, Any]) -> Mapping[str, Any]:
    """List one's own objections, newest first."""
    with svcs.flask.get(Sessions).begin() as session:
        person = get_person(session, get_caller().person_id)
        own = select_objections().where(Objection.person_position == person.position)
        items, next_cursor = fetch_page(session, own, Objection.position, name="objections", **query)
    return {"items": items, "next_cursor": next_cursor}


@blueprint.route("/<uuid:objection_id>")
@blueprint.response(200, schemas.Objection)
def get_objection(objection_id: uuid.UUID) -> Objection:
    """Get one of one's own objections with its status."""
    with svcs.flask.get(Sessions).begin() as session:
        return objections.find_own_objection(
            session, get_person(session, get_caller().person_id), objection_id
        )


@blueprint.route("/<uuid:objection_id>", methods=["PUT"])
@blueprint.arguments(NewObjection)
@blueprint.response(200, schemas.Objection)
def update_draft(claim: Claim, objection_id: uuid.UUID) -> ResponseReturnValue:
    """Replace the content of a draft."""
    with svcs.flask.get(Sessions).begin() as session:
        person = get_person(session, get_caller().person_id)
        return jsonify(_dump_objection(objections.update_draft(session, person, objection_id, claim)))


@blueprint.route("/<uuid:objection_id>", methods=["DELETE"])
@blueprint.response(204)
def delete_draft(objection_id: uuid.UUID) -> None:
    """Delete a draft."""
    with svcs.flask.get(Sessions).begin() as session:
        objections.delete_draft(session, get_person(session, get_caller().person_id), objection_id)


@blueprint.route("/<uuid:objection_id>/confirmation", methods=["POST"])
@blueprint.response(200, schemas.Objection)
@idempotent(IdempotencyKey)
def submit_draft(objection_id: uuid.UUID, call: IdempotentCall) -> ResponseReturnValue:
    """Submit a draft; it gets its tracking number and cannot be changed any more."""
    with call.transaction() as session:
        person = get_person(session, get_caller().person_id)
        return call.build_reply(_dump_objection(objections.submit_draft(session, person, objection_id)))


@blueprint.route("/<uuid:objection_id>/withdrawal", methods=["POST"])
@blueprint.response(200, schemas.Objection)
def withdraw_objection(objection_id: uuid.UUID) -> ResponseReturnValue:
    """Withdraw a submitted objection that is not decided yet."""
    with svcs.flask.get(Sessions).begin() as session:
        person = get_person(session, get_caller().person_id)
        return jsonify(_dump_objection(objections.withdraw_objection(session, person, objection_id)))


@blueprint.route("/<uuid:objection_id>/answer", methods=["POST"])
@blueprint.arguments(schemas.NewAnswer)
@blueprint.response(200, schemas.Objection)
def answer_question(fields: dict[str, Any], objection_id: uuid.UUID) -> ResponseReturnValue:
    """Answer an officer's question, once."""
    with svcs.flask.get(Sessions).begin() as session:
        person = get_person(session, get_caller().person_id)
        answered = questions.answer_question(session, person, objection_id, fields["text"])
        return jsonify(_dump_objection(answered))


def _dump_objection(objection: Objection) -> dict[str, Any]:
    document: dict[str, Any] = schemas.Objection().dump(objection)
    return document
