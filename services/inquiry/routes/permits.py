"""Permits of the citizen who calls."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any, NoReturn

import svcs
from obstore.store import ObjectStore
from sqlalchemy.orm import Session

from services.inquiry import schemas, store
from services.inquiry.actions import codes, permits
from services.inquiry.actions.mergers import find_owner
from services.inquiry.actions.peppers import Peppers
from services.inquiry.actions.stretching import Stretcher
from services.inquiry.clients import LetterReader
from services.inquiry.errors import CodeAlreadyShown
from services.inquiry.models import IdempotencyKey, Inquiry, Permit
from services.inquiry.routes.blueprint import blueprint
from services.kit.db import Sessions, read_database_time
from services.kit.http.access import get_caller
from services.kit.http.idempotency import IdempotentCall, idempotent
from services.kit.idempotency import Replay
from services.kit.paging import PageQuery, fetch_page

FIELDS = (
    "id",
    "letter_id",
    "serial",
    "created_at",
    "expires_at",
    "max_views",
    "view_count",
    "institution",
    "issued_by",
)


def _refuse_replay(replay: Replay) -> NoReturn:
    raise CodeAlreadyShown(extra=replay.body) from replay


@blueprint.route("/permits", methods=["POST"])
@blueprint.arguments(schemas.NewPermit)
@blueprint.response(201, schemas.IssuedPermit)
@idempotent(IdempotencyKey, on_replay=_refuse_replay)
def create_permit(fields: dict[str, Any], call: IdempotentCall) -> dict[str, Any]:
    """Issue a permit for one of the caller's letters; its code is in this reply only."""
    citizen = get_caller()
    letters, peppers, stretcher, objects = svcs.flask.get(LetterReader, Peppers, Stretcher, ObjectStore)
    limits = {name: fields[name] for name in ("valid_days", "max_views", "institution_id")}
    questions = fields["questions"]
    with call.check() as session:
        terms = permits.set_terms(session, **limits, has_document=not questions)
    letter = letters.fetch_letter(fields["letter_id"], citizen.token)
    answers = None
    if questions:
        answers = letters.issue_answers(
            questions, fields["institution_id"], fields["valid_days"], citizen.token
        )
    draft = permits.seal_letter(
        citizen.person_id,
        letter,
        terms,
        peppers,
        stretcher,
        objects,
        label=fields["label"],
        answers=answers,
    )
    with call.transaction() as session:
        permit = permits.issue_permit(session, draft)
        # A repeated request gets the permit's id, never the code.
        call.store_reply({"permit_id": str(permit.id)}, CodeAlreadyShown.status)
    return {"id": permit.id, "code": codes.format_code(draft.code), "expires_at": permit.expires_at}


@blueprint.route("/permits", methods=["GET"])
@blueprint.arguments(schemas.PermitQuery, location="query")
@blueprint.response(200, schemas.PermitPage)
def list_permits(page: dict[str, Any]) -> dict[str, Any]:
    """List the caller's permits, newest first."""
    letter_id = page.pop("letter_id")
    with svcs.flask.get(Sessions).begin() as session:
        query = store.select_permits(find_owner(session, get_caller().person_id))
        if letter_id is not None:
            query = query.where(Permit.letter_id == letter_id)
        now = read_database_time(session)
        rows, cursor = fetch_page(session, query, Permit.position, name="permits", **page)
    return {"items": [_dump_permit(permit, now) for permit in rows], "next_cursor": cursor}


@blueprint.route("/permits/<uuid:permit_id>", methods=["GET"])
@blueprint.response(200, schemas.Permit)
def get_permit(permit_id: uuid.UUID) -> dict[str, Any]:
    """Return one of the caller's permits."""
    with svcs.flask.get(Sessions).begin() as session:
        permit = permits.find_permit(session, get_caller().person_id, permit_id)
        return _dump_permit(permit, read_database_time(session))


@blueprint.route("/permits/<uuid:permit_id>/views", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, schemas.ViewPage)
def list_views(page: dict[str, Any], permit_id: uuid.UUID) -> dict[str, Any]:
    """List the inquiries with a permit's code, and failed attempts on its owner, newest first."""
    with svcs.flask.get(Sessions).begin() as session:
        query = store.select_views(permits.find_permit(session, get_caller().person_id, permit_id))
        rows, cursor = fetch_page(session, query, Inquiry.position, name=f"views {permit_id}", **page)
    return {"items": rows, "next_cursor": cursor}


@blueprint.route("/permits/<uuid:permit_id>/pause", methods=["POST"])
@blueprint.response(200, schemas.Permit)
def pause_permit(permit_id: uuid.UUID) -> dict[str, Any]:
    """Pause a permit until it is resumed."""
    return _change_permit(permit_id, permits.pause_permit)


@blueprint.route("/permits/<uuid:permit_id>/resume", methods=["POST"])
@blueprint.response(200, schemas.Permit)
def resume_permit(permit_id: uuid.UUID) -> dict[str, Any]:
    """Resume a paused permit."""
    return _change_permit(permit_id, permits.resume_permit)


@blueprint.route("/permits/<uuid:permit_id>", methods=["DELETE"])
@blueprint.response(204)
def revoke_permit(permit_id: uuid.UUID) -> None:
    """Revoke a permit immediately and permanently."""
    _change_permit(permit_id, permits.revoke_permit)


def _change_permit(permit_id: uuid.UUID, change: Callable[[Session, Permit], None]) -> dict[str, Any]:
    with svcs.flask.get(Sessions).begin() as session:
        permit = permits.find_permit(session, get_caller().person_id, permit_id)
        change(session, permit)
        return _dump_permit(permit, read_database_time(session))


def _dump_permit(permit: Permit, now: datetime) -> dict[str, Any]:
    return {
        **{name: getattr(permit, name) for name in FIELDS},
        "letter_issued_at": permit.letter.issued_at,
        "label": permits.read_label(svcs.flask.get(Peppers), permit),
        "state": permit.get_state(now),
        "reveal": permit.letter.kind,
    }
