"""Representatives of the caller, mandates that the caller received, and acting for a person."""

import uuid
from typing import Any

import svcs
from flask import request

from services.auth.actions import acting, mandates
from services.auth.actions.confirmations import confirm_password
from services.auth.actions.mandates import GivenMandate, Offer, ReceivedMandate
from services.auth.actions.passwords import Hasher
from services.auth.actions.tokens import Signer
from services.auth.models import Account, MandateStatus
from services.auth.schemas import representatives as schemas
from services.auth.settings import Pepper
from services.kit.db import Sessions
from services.kit.http.access import get_caller
from services.kit.http.server import Blueprint
from services.kit.paging import PageQuery
from services.kit.problems import NotFound

blueprint = Blueprint("representatives", __name__, url_prefix="/api/v1/auth")
SHARED = ("id", "scopes", "invited_at", "accepted_at", "expires_at")


@blueprint.route("/me/representatives", methods=["POST"])
@blueprint.arguments(schemas.NewRepresentative)
@blueprint.response(201, schemas.Representative)
def name_representative(fields: dict[str, Any]) -> dict[str, Any]:
    """Invite a representative by national code; the reply is the same whether or not there is an account."""
    sessions, hasher, pepper = svcs.flask.get(Sessions, Hasher, Pepper)
    password = fields.pop("password")
    person = confirm_password(sessions, hasher, pepper, get_caller(), password, request.remote_addr or "")
    if not isinstance(person, Account):
        raise NotFound
    with sessions.begin() as session:
        return _dump_given(mandates.offer_mandate(session, pepper, person, Offer(**fields)))


@blueprint.route("/me/representatives", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, schemas.RepresentativePage)
def list_representatives(page: dict[str, Any]) -> dict[str, Any]:
    """List the caller's representatives and invitations, newest first."""
    sessions, pepper = svcs.flask.get(Sessions, Pepper)
    with sessions.begin() as session:
        rows, cursor = mandates.list_given(session, pepper, get_caller().person_id, **page)
    return {"items": [_dump_given(row) for row in rows], "next_cursor": cursor}


@blueprint.route("/me/representatives/<uuid:mandate_id>", methods=["DELETE"])
@blueprint.response(204)
def end_representative(mandate_id: uuid.UUID) -> None:
    """End a mandate or withdraw an invitation."""
    with svcs.flask.get(Sessions).begin() as session:
        mandates.end_given(session, get_caller().person_id, mandate_id)


@blueprint.route("/me/mandates", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, schemas.MandatePage)
def list_mandates(page: dict[str, Any]) -> dict[str, Any]:
    """List those for whom the caller may act, and invitations, newest first."""
    sessions, pepper = svcs.flask.get(Sessions, Pepper)
    with sessions.begin() as session:
        rows, cursor = mandates.list_received(session, pepper, get_caller().person_id, **page)
    return {"items": [_dump_received(row) for row in rows], "next_cursor": cursor}


@blueprint.route("/me/mandates/<uuid:mandate_id>/acceptance", methods=["POST"])
@blueprint.response(200, schemas.Mandate)
def accept_mandate(mandate_id: uuid.UUID) -> dict[str, Any]:
    """Accept an invitation: from now on the caller may act for the person."""
    sessions, pepper = svcs.flask.get(Sessions, Pepper)
    with sessions.begin() as session:
        return _dump_received(mandates.accept_mandate(session, pepper, get_caller().person_id, mandate_id))


@blueprint.route("/me/mandates/<uuid:mandate_id>", methods=["DELETE"])
@blueprint.response(204)
def end_mandate(mandate_id: uuid.UUID) -> None:
    """End a mandate as its helper, or decline an invitation."""
    with svcs.flask.get(Sessions).begin() as session:
        mandates.end_received(session, get_caller().person_id, mandate_id)


@blueprint.route("/sessions/acting", methods=["POST"])
@blueprint.arguments(schemas.NewActingSession)
@blueprint.response(200, schemas.ActingSession)
def start_acting(fields: dict[str, Any]) -> dict[str, Any]:
    """Return a token to act for a person within what was given."""
    sessions, signer = svcs.flask.get(Sessions, Signer)
    with sessions.begin() as session:
        grant = acting.start_acting(session, signer, get_caller(), fields["person_id"])
    return {**grant._asdict(), "mandate_expires_at": grant.mandate.expires_at}


def _dump_given(given: GivenMandate) -> dict[str, Any]:
    mandate = given.mandate
    has_begun = mandate.accepted_at is not None
    return {name: getattr(mandate, name) for name in SHARED} | {
        "status": given.status,
        "label": given.label,
        "name": given.name,
        "national_code_ends": mandate.helper_code[-3:],
        "ended_at": None if given.status is MandateStatus.INVITED else mandate.ended_at,
        "actor": mandate.helper_id if has_begun else None,
    }


def _dump_received(received: ReceivedMandate) -> dict[str, Any]:
    mandate = received.mandate
    has_begun = mandate.accepted_at is not None
    return {name: getattr(mandate, name) for name in SHARED} | {
        "status": received.status,
        "name": received.name,
        "person_id": mandate.person_id if has_begun else None,
    }
