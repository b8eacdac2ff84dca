"""HTTP to actions and back: permits of citizens, inquiries of anybody, the register of letters."""

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NoReturn

import sqlalchemy as sa
import svcs
from flask import Response, request, url_for
from obstore.store import ObjectStore
from sqlalchemy.orm import Session

from govah_verify.trust import jwk_of
from services.inquiry import pages, schemas, store
from services.inquiry.actions import codes, discrepancies, documents, inquiries, letters, permits, verdicts
from services.inquiry.actions.limits import Asker
from services.inquiry.actions.peppers import Peppers
from services.inquiry.actions.public_keys import load_public_keys, load_usable_keys
from services.inquiry.actions.stretching import Stretcher
from services.inquiry.clients import Disclosure
from services.inquiry.errors import CodeAlreadyShown, NotOfferedYet
from services.inquiry.models import IdempotencyKey, Inquiry, Institution, Letter, Permit
from services.inquiry.settings import Settings
from services.kit.db import database_time
from services.kit.http.access import (
    ANYONE,
    CITIZEN,
    LARGE_BODY,
    MULTIPART_SLACK,
    Rule,
    caller,
    institution,
    known_caller,
    service,
)
from services.kit.http.body import Blueprint
from services.kit.http.idempotency import IdempotentCall, idempotent
from services.kit.idempotency import Replay
from services.kit.paging import PageQuery, fetch_page
from services.kit.problems import Forbidden, NotFound, choose_language

blueprint = Blueprint("inquiry", __name__, url_prefix="/api/v1/inquiry")

# Of the threads that answer inquiries; whatever strangers upload, the others are free.
CHECKS_AT_ONCE = 2

ACCESS: Mapping[str, Rule] = {
    "inquiry.create_permit": CITIZEN,
    "inquiry.list_permits": CITIZEN,
    "inquiry.get_permit": CITIZEN,
    "inquiry.list_views": CITIZEN,
    "inquiry.pause_permit": CITIZEN,
    "inquiry.resume_permit": CITIZEN,
    "inquiry.revoke_permit": CITIZEN,
    "inquiry.list_institutions": CITIZEN,
    "inquiry.create_inquiry": institution("inquiry:inquire", token_optional=True),
    "inquiry.get_inquiry": institution("inquiry:inquire", token_optional=True),
    "inquiry.fetch_document": ANYONE,
    "inquiry.report_discrepancy": institution("inquiry:report"),
    "inquiry.get_letter": ANYONE,
    "inquiry.get_letter_keys": ANYONE,
    "inquiry.check_letter": ANYONE.up_to(LARGE_BODY + MULTIPART_SLACK).at_most(CHECKS_AT_ONCE),
    "feed.events": service("inquiry:events"),
}


def _refuse_replay(replay: Replay) -> NoReturn:
    raise CodeAlreadyShown(extra=replay.body) from replay


@blueprint.route("/permits", methods=["POST"])
@blueprint.arguments(schemas.NewPermit)
@blueprint.response(201, schemas.IssuedPermit)
@idempotent(IdempotencyKey, on_replay=_refuse_replay)
def create_permit(fields: dict[str, Any], call: IdempotentCall) -> dict[str, Any]:
    """Issue a permit for one of the caller's letters; its code is in this reply only."""
    if fields["reveal"] != "letter":
        raise NotOfferedYet
    citizen = caller()
    disclosure, peppers, stretcher, objects = svcs.flask.get(Disclosure, Peppers, Stretcher, ObjectStore)
    limits = {name: fields[name] for name in ("valid_days", "max_views", "institution_id")}
    with call.check() as session:
        terms = permits.set_terms(session, **limits)
    letter = disclosure.fetch_letter(fields["letter_id"], citizen.token)
    draft = permits.seal_letter(letter, terms, peppers, stretcher, objects)
    with call.transaction() as session:
        permit = permits.issue(session, citizen.person_id, draft)
        # The code stands in this reply only.
        call.store_reply({"permit_id": str(permit.id)}, CodeAlreadyShown.status)
    return {"id": permit.id, "code": codes.grouped(draft.code), "expires_at": permit.expires_at}


@blueprint.route("/permits", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, schemas.PermitPage)
def list_permits(page: dict[str, Any]) -> dict[str, Any]:
    """List the caller's permits, newest first."""
    session = svcs.flask.get(Session)
    query = store.permits_of(caller().person_id)
    with session.begin():
        now = database_time(session)
        rows, cursor = fetch_page(session, query, Permit.position, name="permits", **page)
    return {"items": [_shown(permit, now) for permit in rows], "next_cursor": cursor}


@blueprint.route("/permits/<uuid:permit_id>", methods=["GET"])
@blueprint.response(200, schemas.ShownPermit)
def get_permit(permit_id: uuid.UUID) -> dict[str, Any]:
    """Show one of the caller's permits."""
    session = svcs.flask.get(Session)
    with session.begin():
        permit = permits.find(session, caller().person_id, permit_id)
        return _shown(permit, database_time(session))


@blueprint.route("/permits/<uuid:permit_id>/views", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, schemas.ViewPage)
def list_views(page: dict[str, Any], permit_id: uuid.UUID) -> dict[str, Any]:
    """List who looked with a permit's code, and failed attempts on its owner, newest first."""
    session = svcs.flask.get(Session)
    with session.begin():
        permit = permits.find(session, caller().person_id, permit_id)
        rows, cursor = fetch_page(
            session, store.views_of(permit), Inquiry.position, name=f"views {permit_id}", **page
        )
    return {"items": rows, "next_cursor": cursor}


@blueprint.route("/permits/<uuid:permit_id>/pause", methods=["POST"])
@blueprint.response(200, schemas.ShownPermit)
def pause_permit(permit_id: uuid.UUID) -> dict[str, Any]:
    """Stop a permit until it is resumed."""
    return _changed(permit_id, permits.pause)


@blueprint.route("/permits/<uuid:permit_id>/resume", methods=["POST"])
@blueprint.response(200, schemas.ShownPermit)
def resume_permit(permit_id: uuid.UUID) -> dict[str, Any]:
    """Let a paused permit go on."""
    return _changed(permit_id, permits.resume)


@blueprint.route("/permits/<uuid:permit_id>", methods=["DELETE"])
@blueprint.response(204)
def revoke_permit(permit_id: uuid.UUID) -> None:
    """Revoke a permit, at once and for ever."""
    _changed(permit_id, permits.revoke)


@blueprint.route("/institutions", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, schemas.InstitutionPage)
def list_institutions(page: dict[str, Any]) -> dict[str, Any]:
    """List the institutions a permit can be bound to."""
    session = svcs.flask.get(Session)
    with session.begin():
        rows, cursor = fetch_page(
            session,
            sa.select(Institution),
            Institution.position,
            name="institutions",
            newest_first=False,
            **page,
        )
    return {"items": rows, "next_cursor": cursor}


@blueprint.route("/inquiries", methods=["POST"])
@blueprint.arguments(schemas.NewInquiry)
@blueprint.response(200, schemas.AnsweredInquiry)
def create_inquiry(fields: dict[str, Any]) -> dict[str, Any]:
    """See a letter with its owner's national code and secret code; no account is needed."""
    session, peppers, stretcher = svcs.flask.get(Session, Peppers, Stretcher)
    answer = inquiries.inquire(session, peppers, stretcher, inquiries.Question(**fields), _asker())
    return {
        "inquiry_id": answer.inquiry_id,
        "letter": {**answer.letter, "state": answer.state},
        "notices": answer.notices,
        "person": answer.statement["person"],
        "statement": answer.statement,
        "receipt": None,
        "document_url": url_for("inquiry.fetch_document", token=answer.token),
    }


@blueprint.route("/inquiries/<uuid:inquiry_id>", methods=["GET"])
@blueprint.response(200, schemas.InquiryState)
def get_inquiry(inquiry_id: uuid.UUID) -> dict[str, Any]:
    """Show what the permit behind an answered inquiry is worth now; an institution's to that institution."""
    session = svcs.flask.get(Session)
    with session.begin():
        state = inquiries.find_permit_state(session, inquiry_id, _asker().institution_id)
    return {"inquiry_id": inquiry_id, "permit_state": state}


@blueprint.route("/documents/<string(length=43):token>", methods=["GET"])
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/pdf")
def fetch_document(token: str) -> Response:
    """Fetch the PDF of an answered inquiry, within five minutes of the answer."""
    session, objects = svcs.flask.get(Session, ObjectStore)
    serial, document = documents.fetch(session, objects, token)
    headers = {
        "Content-Disposition": f'attachment; filename="{serial}.pdf"',
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    return Response(document, mimetype="application/pdf", headers=headers)


@blueprint.route("/discrepancies", methods=["POST"])
@blueprint.arguments(schemas.NewDiscrepancy)
@blueprint.response(201, schemas.KeptDiscrepancy)
def report_discrepancy(fields: dict[str, Any]) -> Any:
    """Report that a month of an answered letter differs from what the institution knows."""
    session, peppers, institution_id = (
        svcs.flask.get(Session),
        svcs.flask.get(Peppers),
        _asker().institution_id,
    )
    if institution_id is None:
        raise Forbidden
    with session.begin():
        return discrepancies.report(
            session,
            peppers,
            institution_id=institution_id,
            inquiry_id=fields["inquiry_id"],
            month=fields["month_jalali"],
            text=fields["text"],
        )


@blueprint.route("/letters/<serial>", methods=["GET"])
@blueprint.response(200, schemas.LetterStatus)
def get_letter(serial: str) -> Letter | Response:
    """Tell what a letter is worth today, browsers by a page; no personal data."""
    session = svcs.flask.get(Session)
    with session.begin():
        if request.accept_mimetypes.best_match(["application/json", "text/html"]) != "text/html":
            return letters.find_letter(session, serial)
        try:
            letter = letters.find_letter(session, serial)
        except NotFound:
            letter = None
        language = choose_language(request.accept_languages)
        return pages.letter_page(letter, svcs.flask.get(Settings).public_url, language)


@blueprint.route("/letters/keys", methods=["GET"])
@blueprint.response(200, schemas.PublicKeys)
def get_letter_keys() -> dict[str, Any]:
    """Publish the keys by which anybody checks letters without asking us."""
    keys = load_public_keys(svcs.flask.get(Settings))
    if keys is None:
        raise NotFound
    return {"keys": [jwk_of(key) for key in keys.letter_keys], "pem": keys.pem.decode("ascii")}


@blueprint.route("/letters/check", methods=["POST"])
@blueprint.arguments(schemas.UploadedFile, location="files")
@blueprint.response(200, schemas.FileCheck)
def check_letter(files: dict[str, Any]) -> dict[str, Any]:
    """Tell whether a file is a letter of ours, byte for byte, and if not, why."""
    keys = load_usable_keys(svcs.flask.get(Settings))
    check = letters.check_file(svcs.flask.get(Session), files["file"].read(), keys)
    words = verdicts.words_of(check.reason, check.letter)
    said = {
        "result": check.result,
        "reason": check.reason,
        "message": {"fa": words.fa, "en": words.en},
        "time_stamp": check.time_stamp,
    }
    return said | ({"serial": check.letter.serial} if check.letter else {})


def _changed(permit_id: uuid.UUID, change: Callable[[Session, Permit], None]) -> dict[str, Any]:
    session = svcs.flask.get(Session)
    with session.begin():
        permit = permits.find(session, caller().person_id, permit_id)
        change(session, permit)
        return _shown(permit, database_time(session))


def _shown(permit: Permit, now: datetime) -> dict[str, Any]:
    names = (
        "id",
        "letter_id",
        "serial",
        "created_at",
        "expires_at",
        "max_views",
        "view_count",
        "institution",
    )
    return {name: getattr(permit, name) for name in names} | {"state": permit.state_at(now)}


def _asker() -> Asker:
    """Raises Forbidden for an institution's token that does not say which institution."""
    address, principal = request.remote_addr or "", known_caller()
    if principal is None:
        return Asker(address)
    if not principal.institution_id:
        raise Forbidden
    return Asker(address, uuid.UUID(principal.institution_id), principal.name, principal.subject)
