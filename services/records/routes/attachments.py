"""Papers of objections: people attach them to their own, officers see them.

What is sent out was made by strangers: it has the type of its content, runs nothing and is stored nowhere.
"""

import hashlib
import uuid
from typing import Any

import flask
import svcs
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from services.kit.db import Sessions
from services.kit.http.access import get_caller
from services.kit.http.idempotency import IdempotentCall, idempotent
from services.kit.http.server import Blueprint
from services.kit.storage import SealedObjects
from services.records.actions import attachments
from services.records.actions.files import read_file
from services.records.actions.objections import find_own_objection
from services.records.actions.people import get_person
from services.records.attachments.inspection import MediaType, inspect_paper
from services.records.models import Attachment, IdempotencyKey
from services.records.schemas import objections as schemas

FILE = {"type": "string", "format": "binary"}
EXTENSIONS = {MediaType.PDF: "pdf", MediaType.JPEG: "jpg", MediaType.PNG: "png"}

own = Blueprint("attachments", __name__, url_prefix="/api/v1/records/me/objections")
officers = Blueprint("officer_attachments", __name__, url_prefix="/api/v1/records/objections")


@own.route("/<uuid:objection_id>/attachments", methods=["POST"])
@own.arguments(schemas.NewAttachment, location="files")
@own.response(201, schemas.Attachment)
@idempotent(IdempotencyKey)
def attach_file(
    files: dict[str, FileStorage], objection_id: uuid.UUID, call: IdempotentCall
) -> ResponseReturnValue:
    """Attach a paper to one's own objection, after an inspection of its content."""
    data = files["file"].read(attachments.MAX_SIZE + 1)
    if len(data) > attachments.MAX_SIZE:
        raise RequestEntityTooLarge
    call.compare_fields({"file": hashlib.sha256(data).hexdigest()})
    with call.check() as session:
        attachments.check_room(session, get_person(session, get_caller().person_id), objection_id)
    paper = inspect_paper(data)
    stored = attachments.store_paper(svcs.flask.get(Sessions), svcs.flask.get(SealedObjects), paper)
    with call.transaction() as session:
        person = get_person(session, get_caller().person_id)
        attachment = attachments.attach_paper(session, person, objection_id, stored)
        return call.build_reply(schemas.Attachment().dump(attachment), 201)


@own.route("/<uuid:objection_id>/attachments")
@own.response(200, schemas.AttachmentPage)
def list_attachments(objection_id: uuid.UUID) -> dict[str, Any]:
    """List the attachments of one's own objection, oldest first."""
    with svcs.flask.get(Sessions).begin() as session:
        person = get_person(session, get_caller().person_id)
        objection = find_own_objection(session, person, objection_id)
        return {"items": objection.attachments, "next_cursor": None}


@own.route("/<uuid:objection_id>/attachments/<uuid:attachment_id>")
@own.response(200, FILE, content_type="application/octet-stream")
def get_attachment(objection_id: uuid.UUID, attachment_id: uuid.UUID) -> flask.Response:
    """Get an attachment of one's own objection."""
    with svcs.flask.get(Sessions).begin() as session:
        person = get_person(session, get_caller().person_id)
        attachment = attachments.find_own_attachment(session, person, objection_id, attachment_id)
    return _send(attachment)


@own.route("/<uuid:objection_id>/attachments/<uuid:attachment_id>", methods=["DELETE"])
@own.response(204)
def delete_attachment(objection_id: uuid.UUID, attachment_id: uuid.UUID) -> None:
    """Delete an attachment of a draft."""
    with svcs.flask.get(Sessions).begin() as session:
        person = get_person(session, get_caller().person_id)
        attachments.delete_attachment(session, person, objection_id, attachment_id)


@officers.route("/<uuid:objection_id>/attachments/<uuid:attachment_id>")
@officers.response(200, FILE, content_type="application/octet-stream")
def open_attachment(objection_id: uuid.UUID, attachment_id: uuid.UUID) -> flask.Response:
    """Get an attachment of a submitted objection; the access is recorded."""
    with svcs.flask.get(Sessions).begin() as session:
        attachment = attachments.open_attachment(session, objection_id, attachment_id, get_caller().subject)
    return _send(attachment)


def _send(attachment: Attachment) -> flask.Response:
    content = read_file(svcs.flask.get(SealedObjects), attachment.object_key, attachment.sha256)
    response = flask.Response(content, mimetype=attachment.media_type)
    name = f"attachment-{attachment.id}.{EXTENSIONS[MediaType(attachment.media_type)]}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store"
    return response
