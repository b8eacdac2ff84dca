"""Officers propose changes of records; other officers confirm or reject them."""

import uuid
from typing import Any

import svcs
from flask import jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from services.kit.db import Sessions
from services.kit.http.access import get_caller
from services.kit.http.idempotency import IdempotentCall, idempotent
from services.kit.http.server import Blueprint
from services.kit.paging import fetch_page
from services.records.actions.proposed_people import describe_people
from services.records.models import IdempotencyKey, Proposal
from services.records.proposals import lifecycle
from services.records.proposals.lifecycle import Officer
from services.records.proposals.registry import list_visible_kinds
from services.records.schemas import proposals as schemas
from services.records.schemas.held_rows import KnownOfPerson
from services.records.store.proposals import select_proposals

blueprint = Blueprint("proposals", __name__, url_prefix="/api/v1/records/proposals")


def get_officer() -> Officer:
    """Return the officer who calls."""
    caller = get_caller()
    return Officer(caller.subject, caller.scopes)


@blueprint.route("", methods=["POST"])
@blueprint.arguments(schemas.NewProposal)
@blueprint.response(201, schemas.Proposal)
@idempotent(IdempotencyKey)
def propose_change(fields: dict[str, Any], call: IdempotentCall) -> ResponseReturnValue:
    """Propose a change of a record; another officer confirms it."""
    with call.transaction() as session:
        proposal = lifecycle.propose(session, get_officer(), **fields)
        return call.build_reply(dump_proposal(session, proposal), 201)


@blueprint.route("")
@blueprint.arguments(schemas.ProposalQuery, location="query")
@blueprint.response(200, schemas.ProposalPage)
def list_proposals(query: dict[str, Any]) -> dict[str, Any]:
    """List the proposals of the kinds that the officer decides about, without people's data."""
    kind, status = query.pop("kind"), query.pop("status")
    kinds = [one for one in list_visible_kinds(get_caller().scopes) if kind in {None, one}]
    with svcs.flask.get(Sessions).begin() as session:
        items, next_cursor = fetch_page(
            session, select_proposals(kinds, status), Proposal.position, name="proposals", **query
        )
    return {"items": items, "next_cursor": next_cursor}


@blueprint.route("/<uuid:proposal_id>")
@blueprint.response(200, schemas.Proposal)
def get_proposal(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Get a proposal with what changes; the access is recorded."""
    with svcs.flask.get(Sessions).begin() as session:
        return jsonify(dump_proposal(session, lifecycle.open_proposal(session, get_officer(), proposal_id)))


@blueprint.route("/<uuid:proposal_id>", methods=["DELETE"])
@blueprint.response(200, schemas.Proposal)
def withdraw_proposal(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Withdraw one's own proposal."""
    with svcs.flask.get(Sessions).begin() as session:
        return jsonify(dump_proposal(session, lifecycle.withdraw(session, get_officer(), proposal_id)))


@blueprint.route("/<uuid:proposal_id>/confirmation", methods=["POST"])
@blueprint.response(200, schemas.Proposal)
def confirm_proposal(proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Confirm another officer's proposal, which changes the record; or adopt one of the system."""
    with svcs.flask.get(Sessions).begin() as session:
        return jsonify(dump_proposal(session, lifecycle.confirm(session, get_officer(), proposal_id)))


@blueprint.route("/<uuid:proposal_id>/rejection", methods=["POST"])
@blueprint.arguments(schemas.NewRejection)
@blueprint.response(200, schemas.Proposal)
def reject_proposal(fields: dict[str, Any], proposal_id: uuid.UUID) -> ResponseReturnValue:
    """Reject a proposal of another officer or of the system."""
    with svcs.flask.get(Sessions).begin() as session:
        return jsonify(
            dump_proposal(session, lifecycle.reject(session, get_officer(), proposal_id, **fields))
        )


def dump_proposal(session: Session, proposal: Proposal) -> dict[str, Any]:
    """Return a proposal as the API shows it."""
    document: dict[str, Any] = schemas.Proposal().dump(proposal)
    return document | {"people": KnownOfPerson(many=True).dump(describe_people(session, proposal))}
