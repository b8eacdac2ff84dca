"""Inquiries: anyone with a national code and a secret code, institutions under their name."""

import uuid
from typing import Any

import svcs
from flask import Response, request, url_for
from obstore.store import ObjectStore

from services.inquiry import schemas
from services.inquiry.actions import documents, history, inquiries
from services.inquiry.actions.answer_claims import read_answers
from services.inquiry.actions.institutions import require_enabled
from services.inquiry.actions.limits import Inquirer
from services.inquiry.actions.peppers import Peppers
from services.inquiry.actions.stretching import Stretcher
from services.inquiry.routes.blueprint import blueprint
from services.kit.db import Sessions
from services.kit.http.access import find_caller, get_caller
from services.kit.problems import Forbidden


@blueprint.route("/inquiries", methods=["POST"])
@blueprint.arguments(schemas.NewInquiry)
@blueprint.response(200, schemas.InquiryAnswer)
def create_inquiry(fields: dict[str, Any]) -> dict[str, Any]:
    """Return a letter for its owner's national code and secret code; no account is needed."""
    sessions, peppers, stretcher = svcs.flask.get(Sessions, Peppers, Stretcher)
    question = inquiries.Question(**fields)
    answer = inquiries.inquire(sessions, peppers, stretcher, question, identify_inquirer())
    objections = answer.objections
    common = {
        "inquiry_id": answer.inquiry_id,
        "notices": answer.notices,
        "objections": objections.items if objections else [],
        "objections_as_of": objections.as_of if objections else None,
        "receipt": None,
    }
    if answer.jws:
        return {**common, "answers": {**read_answers(answer.jws), "state": answer.state}}
    return {
        **common,
        "letter": {**answer.letter, "state": answer.state},
        "person": answer.statement["person"],
        "statement": answer.statement,
        "document_url": url_for("inquiry.get_document", token=answer.token),
    }


@blueprint.route("/inquiries", methods=["GET"])
@blueprint.arguments(schemas.InquiryQuery, location="query")
@blueprint.response(200, schemas.SentInquiryPage)
def list_inquiries(query: dict[str, Any]) -> dict[str, Any]:
    """List the institution's inquiries of the last 30 days, newest first; to a clerk only the clerk's own."""
    caller = get_caller()
    institution_id = identify_inquirer().institution_id
    if institution_id is None:
        raise Forbidden
    # A client's token belongs to no session.
    sees_all = caller.is_manager or caller.session_id is None
    with svcs.flask.get(Sessions).begin() as session:
        rows, cursor = history.list_inquiries(
            session, institution_id, None if sees_all else caller.subject, **query
        )
    return {"items": rows, "next_cursor": cursor}


@blueprint.route("/inquiries/<uuid:inquiry_id>", methods=["GET"])
@blueprint.response(200, schemas.InquiryState)
def get_inquiry(inquiry_id: uuid.UUID) -> dict[str, Any]:
    """Return the present state of the permit behind an answered inquiry.

    An institution's inquiry is visible to that institution only.
    """
    institution_id = identify_inquirer().institution_id
    with svcs.flask.get(Sessions).begin() as session:
        state = inquiries.find_permit_state(session, inquiry_id, institution_id)
    return {"inquiry_id": inquiry_id, "permit_state": state}


@blueprint.route("/documents/<string(length=43):token>", methods=["GET"])
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/pdf")
def get_document(token: str) -> Response:
    """Return the PDF of an answered inquiry, while its address is valid."""
    with svcs.flask.get(Sessions).begin() as session:
        ticket = documents.redeem_ticket(session, token)
    headers = {
        "Content-Disposition": f'attachment; filename="{ticket.serial}.pdf"',
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    document = documents.read_document(svcs.flask.get(ObjectStore), ticket)
    return Response(document, mimetype="application/pdf", headers=headers)


def identify_inquirer() -> Inquirer:
    """Return who calls.

    Raises Forbidden for an institution's token without the institution's id, InstitutionDisabled.
    """
    address, principal = request.remote_addr or "", find_caller()
    if principal is None:
        return Inquirer(address)
    if not principal.institution_id:
        raise Forbidden
    institution_id = uuid.UUID(principal.institution_id)
    with svcs.flask.get(Sessions)() as session:
        require_enabled(session, institution_id)
    return Inquirer(address, institution_id, principal.name, principal.subject)
