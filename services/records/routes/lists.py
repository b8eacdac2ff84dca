"""What officers do with an accepted list: get its files, and propose another content for it."""

import uuid
from io import BytesIO
from typing import Any

import svcs
from flask import Response, request, send_file
from flask.typing import ResponseReturnValue

from services.kit.db import Sessions
from services.kit.http.access import get_caller
from services.kit.http.idempotency import IdempotentCall, idempotent
from services.kit.http.server import Blueprint
from services.kit.storage import SealedObjects
from services.records.actions.file_names import read_file_name
from services.records.actions.files import read_file
from services.records.actions.list_files import (
    find_list_file,
    read_files,
    record_file_access,
    store_list_files,
)
from services.records.actions.short_codes import resolve_short_codes
from services.records.actions.turns import take_turn
from services.records.errors import ListUnknown
from services.records.lists.findings import ListFile
from services.records.models import IdempotencyKey
from services.records.proposals.lists import check_replacement
from services.records.proposals.replacements import propose_replacement
from services.records.routes.proposals import dump_proposal, get_officer
from services.records.schemas import records as schemas
from services.records.schemas.proposals import NewReplacement, Proposal
from services.records.store.lists import find_list

blueprint = Blueprint("lists", __name__, url_prefix="/api/v1/records/lists")


@blueprint.route("/<uuid:list_id>/files/<any(header, workers):file>")
@blueprint.arguments(schemas.VersionQuery, location="query")
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/octet-stream")
def get_list_file(query: dict[str, Any], list_id: uuid.UUID, file: str) -> Response:
    """Get one of a list's two files as it was received, of the current version or of a former one."""
    name = ListFile.HEADER if file == "header" else ListFile.WORKERS
    with svcs.flask.get(Sessions).begin() as session:
        stored_file = find_list_file(session, list_id, name, query["version"])
    content = read_file(svcs.flask.get(SealedObjects), stored_file.key, stored_file.sha256)
    with svcs.flask.get(Sessions).begin() as session:
        record_file_access(session, stored_file, name, get_caller().subject)
    return send_file(
        BytesIO(content), "application/octet-stream", as_attachment=True, download_name=name, etag=False
    )


@blueprint.route("/<uuid:list_id>/replacement", methods=["POST"])
@blueprint.arguments(NewReplacement, location="multipart")
@blueprint.response(201, Proposal)
@idempotent(IdempotencyKey)
def propose_list_replacement(
    fields: dict[str, Any], list_id: uuid.UUID, call: IdempotentCall
) -> ResponseReturnValue:
    """Propose to replace the content of a list by that of other files; another officer confirms it."""
    with take_turn(request.content_length):
        header, workers = fields["header"].read(), fields["workers"].read()
        valid_list = read_files(header, workers)
        if valid_list.is_swapped:
            header, workers = workers, header
        hashes = {"header": valid_list.header_sha256, "workers": valid_list.workers_sha256}
        call.compare_fields(hashes | {"reason": fields["reason"]})
        with call.check() as session:
            imported = find_list(session, list_id)
            if imported is None:
                raise ListUnknown
            check_replacement(imported, valid_list)
            valid_list = resolve_short_codes(session, valid_list)
        # Before the transaction, which must not wait for the object store.
        received = store_list_files(
            svcs.flask.get(Sessions), svcs.flask.get(SealedObjects), header, workers, read_file_name(fields)
        )
        with call.transaction() as session:
            proposal = propose_replacement(
                session, get_officer(), list_id, received, valid_list, fields["reason"]
            )
            return call.build_reply(dump_proposal(session, proposal), 201)
