"""Officers open objections with a reason, and decide about them, two officers for each objection."""

import uuid
from typing import Any

import sqlalchemy as sa
import svcs
from flask import jsonify
from flask.typing import ResponseReturnValue

from services.kit.db import Sessions
from services.kit.http.access import get_caller
from services.kit.http.server import Blueprint
from services.kit.paging import fetch_page
from services.kit.statement_types import StatementType
from services.records.actions import decisions, questions
from services.records.actions.overviews import read_statement
from services.records.models import Objection, ObjectionStatus
from services.records.schemas import objections as schemas

blueprint = Blueprint("decisions", __name__, url_prefix="/api/v1/records/objections")


@blueprint.route("")
@blueprint.arguments(schemas.ObjectionQuery, location="query")
@blueprint.response(200, schemas.SubmittedObjectionPage)
def list_submitted_objections(query: dict[str, Any]) -> dict[str, Any]:
    """List submitted objections, without the people and their claims."""
    status, kind = query.pop("status"), query.pop("kind")
    submitted = sa.select(Objection).where(Objection.status != ObjectionStatus.DRAFT)
    if status:
        submitted = submitted.where(Objection.status == status)
    if kind:
        submitted = submitted.where(Objection.kind == kind)
    with svcs.flask.get(Sessions).begin() as session:
        items, next_cursor = fetch_page(session, submitted, Objection.position, name="decisions", **query)
    return {"items": items, "next_cursor": next_cursor}


@blueprint.route("/<uuid:objection_id>/opening", methods=["POST"])
@blueprint.arguments(schemas.NewOpening)
@blueprint.response(200, schemas.OpenedObjection)
def open_objection(fields: dict[str, Any], objection_id: uuid.UUID) -> ResponseReturnValue:
    """Open a submitted objection with the person's statement; the access is recorded."""
    with svcs.flask.get(Sessions).begin() as session:
        objection = decisions.open_objection(session, objection_id, get_caller().subject, fields["reason"])
        statement = read_statement(session, objection.person, StatementType)
        return jsonify(objection=_dump_objection(objection), statement=statement)


@blueprint.route("/<uuid:objection_id>/question", methods=["POST"])
@blueprint.arguments(schemas.NewQuestion)
@blueprint.response(200, schemas.OfficerObjection)
def ask_question(fields: dict[str, Any], objection_id: uuid.UUID) -> ResponseReturnValue:
    """Ask the person one question about a submitted objection."""
    with svcs.flask.get(Sessions).begin() as session:
        objection = questions.ask_question(session, objection_id, get_caller().subject, fields["text"])
        return jsonify(_dump_objection(objection))


@blueprint.route("/<uuid:objection_id>/decision", methods=["POST"])
@blueprint.arguments(schemas.NewDecision)
@blueprint.response(200, schemas.OfficerObjection)
def propose_decision(fields: dict[str, Any], objection_id: uuid.UUID) -> ResponseReturnValue:
    """Propose to accept or reject an objection; another officer confirms it."""
    with svcs.flask.get(Sessions).begin() as session:
        objection = decisions.propose_decision(session, objection_id, get_caller().subject, **fields)
        return jsonify(_dump_objection(objection))


@blueprint.route("/<uuid:objection_id>/decision", methods=["DELETE"])
@blueprint.response(200, schemas.OfficerObjection)
def withdraw_decision(objection_id: uuid.UUID) -> ResponseReturnValue:
    """Withdraw a proposed decision, one's own or another officer's."""
    with svcs.flask.get(Sessions).begin() as session:
        objection = decisions.withdraw_decision(session, objection_id, get_caller().subject)
        return jsonify(_dump_objection(objection))


@blueprint.route("/<uuid:objection_id>/decision/confirmation", methods=["POST"])
@blueprint.response(200, schemas.OfficerObjection)
def confirm_decision(objection_id: uuid.UUID) -> ResponseReturnValue:
    """Confirm another officer's proposal; an accepted objection corrects the record."""
    with svcs.flask.get(Sessions).begin() as session:
        objection = decisions.confirm_decision(session, objection_id, get_caller().subject)
        return jsonify(_dump_objection(objection))


def _dump_objection(objection: Objection) -> dict[str, Any]:
    document: dict[str, Any] = schemas.OfficerObjection().dump(objection)
    return document
