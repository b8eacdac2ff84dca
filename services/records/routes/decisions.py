"""Officers open objections, each with a reason, and decide about them, two for each."""

import uuid
from typing import Any

import sqlalchemy as sa
import svcs
from flask import jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from services.kit.http.access import caller
from services.kit.http.server import Blueprint
from services.kit.paging import fetch_page
from services.kit.statement_types import StatementType
from services.records.actions import decisions
from services.records.actions.overviews import take_statement
from services.records.models import Objection, ObjectionStatus
from services.records.schemas import objections as schemas

blueprint = Blueprint("decisions", __name__, url_prefix="/api/v1/records/objections")


@blueprint.route("")
@blueprint.arguments(schemas.ObjectionsQuery, location="query")
@blueprint.response(200, schemas.WaitingObjectionPage)
def show_submitted(query: dict[str, Any]) -> dict[str, Any]:
    """Everybody's objections but drafts, newest first, without the people and what they say"""
    status = query.pop("status")
    submitted = sa.select(Objection).where(Objection.status != ObjectionStatus.DRAFT)
    if status:
        submitted = submitted.where(Objection.status == status)
    session = svcs.flask.get(Session)
    with session.begin():
        items, following = fetch_page(session, submitted, Objection.position, name="decisions", **query)
    return {"items": items, "next_cursor": following}


@blueprint.route("/<uuid:objection_id>/opening", methods=["POST"])
@blueprint.arguments(schemas.Opening)
@blueprint.response(200, schemas.OpenedObjection)
def open_objection(given: dict[str, Any], objection_id: uuid.UUID) -> ResponseReturnValue:
    """Open anybody's objection but a draft with the person's statement; the look is written down"""
    session = svcs.flask.get(Session)
    with session.begin():
        objection = decisions.open_objection(session, objection_id, caller().subject, given["reason"])
        statement = take_statement(session, objection.person, StatementType)
        return jsonify(objection=_shown(objection), statement=statement)


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
