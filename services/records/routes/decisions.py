"""Officers see the objections and decide about them, two for each."""

import uuid
from typing import Any

import svcs
from flask import jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from services.kit.http.access import caller
from services.kit.http.paging import fetch_page
from services.kit.http.server import Blueprint
from services.records.actions import decisions
from services.records.actions.people import write_down
from services.records.models import Objection, ObjectionStatus
from services.records.schemas import objections as schemas
from services.records.store.objections import select_objections

blueprint = Blueprint("decisions", __name__, url_prefix="/api/v1/records/objections")


@blueprint.route("")
@blueprint.arguments(schemas.ObjectionsQuery, location="query")
@blueprint.response(200, schemas.OfficerObjectionPage)
def show_submitted(query: dict[str, Any]) -> ResponseReturnValue:
    """Everybody's objections but drafts, newest first; whom the officer sees is written down"""
    status = query.pop("status")
    submitted = select_objections().where(Objection.status != ObjectionStatus.DRAFT)
    if status:
        submitted = submitted.where(Objection.status == status)
    session = svcs.flask.get(Session)
    with session.begin():
        items, following = fetch_page(session, submitted, Objection.position, name="decisions", **query)
        write_down(session, caller().subject, {objection.person.id for objection in items})
        return jsonify(items=[_shown(objection) for objection in items], next_cursor=following)


@blueprint.route("/<uuid:objection_id>")
@blueprint.response(200, schemas.OfficerObjection)
def show_for_decision(objection_id: uuid.UUID) -> ResponseReturnValue:
    """Anybody's objection but a draft; that the officer sees the person is written down"""
    session = svcs.flask.get(Session)
    with session.begin():
        objection = decisions.find_submitted(session, objection_id)
        write_down(session, caller().subject, {objection.person.id})
        return jsonify(_shown(objection))


@blueprint.route("/<uuid:objection_id>/decision", methods=["POST"])
@blueprint.arguments(schemas.Decision)
@blueprint.response(200, schemas.OfficerObjection)
def propose_decision(given: dict[str, Any], objection_id: uuid.UUID) -> ResponseReturnValue:
    """Propose to accept or reject an objection; another officer confirms it"""
    session = svcs.flask.get(Session)
    with session.begin():
        return jsonify(_shown(decisions.propose_decision(session, objection_id, caller().subject, **given)))


@blueprint.route("/<uuid:objection_id>/decision", methods=["DELETE"])
@blueprint.response(200, schemas.OfficerObjection)
def withdraw_decision(objection_id: uuid.UUID) -> ResponseReturnValue:
    """Withdraw a proposed decision, one's own or one that one will not confirm"""
    session = svcs.flask.get(Session)
    with session.begin():
        return jsonify(_shown(decisions.withdraw_decision(session, objection_id, caller().subject)))


@blueprint.route("/<uuid:objection_id>/decision/confirmation", methods=["POST"])
@blueprint.response(200, schemas.OfficerObjection)
def confirm_decision(objection_id: uuid.UUID) -> ResponseReturnValue:
    """Confirm what another officer proposed; an accepted objection corrects the record"""
    session = svcs.flask.get(Session)
    with session.begin():
        return jsonify(_shown(decisions.confirm_decision(session, objection_id, caller().subject)))


def _shown(objection: Objection) -> dict[str, Any]:
    described: dict[str, Any] = schemas.OfficerObjection().dump(objection)
    return described
