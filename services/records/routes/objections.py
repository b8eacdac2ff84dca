"""Objecting to the own record: drafts, their confirmation, and where objections stand."""

import uuid
from collections.abc import Mapping
from typing import Any

import svcs
from flask import jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from services.kit.http.access import caller
from services.kit.http.idempotency import IdempotentCall, idempotent
from services.kit.http.server import Blueprint
from services.kit.paging import PageQuery, fetch_page
from services.records.actions import objections
from services.records.actions.objections import Claim
from services.records.actions.overviews import own_person
from services.records.models import IdempotencyKey, Objection
from services.records.schemas import objections as schemas
from services.records.store.objections import select_objections

blueprint = Blueprint("objections", __name__, url_prefix="/api/v1/records/me/objections")


@blueprint.route("", methods=["POST"])
@blueprint.arguments(schemas.NewObjection)
@blueprint.response(201, schemas.Objection)
@idempotent(IdempotencyKey)
def draft_objection(claim: Claim, call: IdempotentCall) -> ResponseReturnValue:
    """Draft an objection; it takes the place of an older draft of its kind"""
    with call.transaction() as session:
        draft = objections.draft_objection(session, own_person(session, caller().person_id), claim)
        return call.reply(_shown(draft), 201)


@blueprint.route("")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, schemas.ObjectionPage)
def show_objections(query: dict[str, Any]) -> Mapping[str, Any]:
    """One's own objections, newest first"""
    session = svcs.flask.get(Session)
    with session.begin():
        own = select_objections().where(
            Objection.person_position == own_person(session, caller().person_id).position
        )
        items, following = fetch_page(session, own, Objection.position, name="objections", **query)
    return {"items": items, "next_cursor": following}


@blueprint.route("/<uuid:objection_id>")
@blueprint.response(200, schemas.Objection)
def show_objection(objection_id: uuid.UUID) -> Objection:
    """One of one's own objections and where it stands"""
    session = svcs.flask.get(Session)
    with session.begin():
        return objections.find_own(session, own_person(session, caller().person_id), objection_id)


@blueprint.route("/<uuid:objection_id>", methods=["PUT"])
@blueprint.arguments(schemas.NewObjection)
@blueprint.response(200, schemas.Objection)
def rewrite_draft(claim: Claim, objection_id: uuid.UUID) -> ResponseReturnValue:
    """Write a draft anew"""
    session = svcs.flask.get(Session)
    with session.begin():
        person = own_person(session, caller().person_id)
        return jsonify(_shown(objections.rewrite_draft(session, person, objection_id, claim)))


@blueprint.route("/<uuid:objection_id>", methods=["DELETE"])
@blueprint.response(204)
def delete_draft(objection_id: uuid.UUID) -> None:
    """Forget a draft"""
    session = svcs.flask.get(Session)
    with session.begin():
        objections.delete_draft(session, own_person(session, caller().person_id), objection_id)


@blueprint.route("/<uuid:objection_id>/confirmation", methods=["POST"])
@blueprint.response(200, schemas.Objection)
@idempotent(IdempotencyKey)
def submit_draft(objection_id: uuid.UUID, call: IdempotentCall) -> ResponseReturnValue:
    """Submit a draft; it gets its tracking number and cannot be changed any more"""
    with call.transaction() as session:
        person = own_person(session, caller().person_id)
        return call.reply(_shown(objections.submit_draft(session, person, objection_id)))


def _shown(objection: Objection) -> dict[str, Any]:
    described: dict[str, Any] = schemas.Objection().dump(objection)
    return described
