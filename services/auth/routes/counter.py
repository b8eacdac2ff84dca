"""The counter: identifications by two officers, and the activation with the code that the person got."""

import uuid
from typing import Any

import svcs
from flask import request

from services.auth import schemas
from services.auth.actions import counter, counter_activations
from services.auth.actions.counter import Described, Finding
from services.auth.actions.passwords import Hasher
from services.auth.clients import PersonMatcher
from services.auth.schemas import counter as counter_schemas
from services.auth.settings import Pepper
from services.kit.db import Sessions
from services.kit.http.access import get_caller
from services.kit.http.server import Blueprint

blueprint = Blueprint("counter", __name__, url_prefix="/api/v1/auth/counter")
FIELDS = (
    "id",
    "person_id",
    "national_code",
    "insurance_number",
    "birth_date",
    "mobile",
    "has_account",
    "document",
    "document_ends",
    "proposed_by",
    "proposed_at",
    "decided_by",
    "decided_at",
    "expires_at",
    "activated_at",
)


@blueprint.route("/identifications", methods=["POST"])
@blueprint.arguments(counter_schemas.NewIdentification)
@blueprint.response(201, counter_schemas.Identification)
def propose_identification(fields: dict[str, Any]) -> dict[str, Any]:
    """Propose an identification; another officer confirms it."""
    sessions, pepper, people = svcs.flask.get(Sessions, Pepper, PersonMatcher)
    finding = Finding(**fields)
    person = counter.find_person(people, finding)
    with sessions.begin() as session:
        return _dump(counter.propose_identification(session, pepper, _get_officer_id(), person, finding))


@blueprint.route("/identifications", methods=["GET"])
@blueprint.arguments(counter_schemas.IdentificationQuery, location="query")
@blueprint.response(200, counter_schemas.IdentificationPage)
def list_identifications(query: dict[str, Any]) -> dict[str, Any]:
    """List the identifications, newest first."""
    sessions, pepper = svcs.flask.get(Sessions, Pepper)
    with sessions.begin() as session:
        rows, cursor = counter.list_identifications(session, pepper, **query)
    return {"items": [_dump(row) for row in rows], "next_cursor": cursor}


@blueprint.route("/identifications/<uuid:identification_id>", methods=["GET"])
@blueprint.response(200, counter_schemas.Identification)
def get_identification(identification_id: uuid.UUID) -> dict[str, Any]:
    """Return an identification."""
    sessions, pepper = svcs.flask.get(Sessions, Pepper)
    with sessions.begin() as session:
        return _dump(counter.get_identification(session, pepper, identification_id))


@blueprint.route("/identifications/<uuid:identification_id>/confirmation", methods=["POST"])
@blueprint.response(200, counter_schemas.Identification)
def confirm_identification(identification_id: uuid.UUID) -> dict[str, Any]:
    """Confirm another officer's proposal; the activation code goes to the new mobile."""
    sessions, pepper = svcs.flask.get(Sessions, Pepper)
    with sessions.begin() as session:
        return _dump(counter.confirm_identification(session, pepper, _get_officer_id(), identification_id))


@blueprint.route("/identifications/<uuid:identification_id>/rejection", methods=["POST"])
@blueprint.arguments(counter_schemas.Rejection)
@blueprint.response(200, counter_schemas.Identification)
def reject_identification(fields: dict[str, Any], identification_id: uuid.UUID) -> dict[str, Any]:
    """Reject a proposal, or stop one whose code is not used yet."""
    sessions, pepper = svcs.flask.get(Sessions, Pepper)
    with sessions.begin() as session:
        return _dump(
            counter.reject_identification(
                session, pepper, _get_officer_id(), identification_id, fields["reason"]
            )
        )


@blueprint.route("/activations", methods=["POST"])
@blueprint.arguments(counter_schemas.NewCounterActivation)
@blueprint.response(201, schemas.Status)
def activate_identified(fields: dict[str, Any]) -> dict[str, str]:
    """Set a password with the code from the counter: the account has the new mobile now."""
    sessions, hasher, pepper = svcs.flask.get(Sessions, Hasher, Pepper)
    source = request.remote_addr or ""
    counter_activations.activate_account(sessions, hasher, pepper, fields["code"], fields["password"], source)
    return {"status": "activated"}


def _get_officer_id() -> uuid.UUID:
    return uuid.UUID(get_caller().subject)


def _dump(described: Described) -> dict[str, Any]:
    row = {name: getattr(described.identification, name) for name in FIELDS}
    return row | {"status": described.status, "note": described.note, "reason": described.reason}
