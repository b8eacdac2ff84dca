"""Bulk imports: an archive of any number of lists comes in parts, and workers import its lists."""

import uuid
from collections.abc import Mapping
from typing import Any

import svcs
from flask import request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from services.kit.db import Sessions
from services.kit.http.access import get_caller
from services.kit.http.idempotency import IdempotentCall, idempotent
from services.kit.http.server import Blueprint
from services.kit.paging import fetch_page
from services.kit.problems import UnsupportedMediaType, select_language
from services.kit.storage import SealedObjects
from services.records.actions import imports
from services.records.actions.import_words import describe_failure
from services.records.errors import translate_findings
from services.records.models import BulkImport, IdempotencyKey, ImportFinding
from services.records.routes.digests import check_digest
from services.records.schemas import imports as schemas
from services.records.store.imports import (
    count_parts,
    fetch_lists,
    select_findings,
    select_imports,
)

blueprint = Blueprint("imports", __name__, url_prefix="/api/v1/records/imports")
_COLUMNS = schemas.Import().fields.keys() - {"failure", "parts_received", "progress"}
OCTETS = "application/octet-stream"


def _get_language() -> str:
    return select_language(request.accept_languages)


@blueprint.route("", methods=["POST"])
@blueprint.arguments(schemas.NewImport)
@blueprint.response(202, schemas.ImportWithParts)
@idempotent(IdempotencyKey)
def create_import(fields: dict[str, Any], call: IdempotentCall) -> ResponseReturnValue:
    """Begin a bulk import: say how large the archive is; its parts follow."""
    with call.transaction() as session:
        bulk_import = imports.create_import(session, fields["name"], fields["size"], get_caller().subject)
        document = schemas.ImportWithParts().dump(_describe_with_parts(session, bulk_import))
        return call.build_reply(document, 202)


@blueprint.route("")
@blueprint.arguments(schemas.ImportQuery, location="query")
@blueprint.response(200, schemas.ImportPage)
def list_imports(query: dict[str, Any]) -> dict[str, Any]:
    """List bulk imports, newest first."""
    wanted = select_imports(query.pop("status"))
    with svcs.flask.get(Sessions).begin() as session:
        items, next_cursor = fetch_page(session, wanted, BulkImport.position, name="imports", **query)
        received = count_parts(session, [item.position for item in items])
        described = [_describe(item, received.get(item.position, 0)) for item in items]
    return {"items": described, "next_cursor": next_cursor}


@blueprint.route("/<uuid:import_id>")
@blueprint.response(200, schemas.ImportWithParts)
def get_import(import_id: uuid.UUID) -> dict[str, Any]:
    """Get how far a bulk import is, and what came of its lists."""
    with svcs.flask.get(Sessions).begin() as session:
        return _describe_with_parts(session, imports.get_import(session, import_id))


@blueprint.route("/<uuid:import_id>/parts/<int:number>", methods=["PUT"])
@blueprint.doc(
    requestBody={"required": True, "content": {OCTETS: {"schema": {"type": "string", "format": "binary"}}}}
)
@blueprint.response(200, schemas.ImportPart)
def put_part(import_id: uuid.UUID, number: int) -> Any:
    """Store one part of the archive; a part may be sent again."""
    if request.mimetype != OCTETS:
        raise UnsupportedMediaType
    content = request.get_data(cache=False)
    check_digest(request.headers.get("Content-Digest"), content)
    sessions, objects = svcs.flask.get(Sessions), svcs.flask.get(SealedObjects)
    return imports.store_part(sessions, objects, import_id, get_caller().subject, number, content)


@blueprint.route("/<uuid:import_id>/completion", methods=["POST"])
@blueprint.response(202, schemas.ImportWithParts)
def complete_import(import_id: uuid.UUID) -> dict[str, Any]:
    """Say that all parts are sent; the lists are imported from now on."""
    with svcs.flask.get(Sessions).begin() as session:
        return _describe_with_parts(
            session, imports.complete_import(session, import_id, get_caller().subject)
        )


@blueprint.route("/<uuid:import_id>", methods=["DELETE"])
@blueprint.response(204)
def cancel_import(import_id: uuid.UUID) -> None:
    """Cancel a bulk import; lists that were accepted stay."""
    with svcs.flask.get(Sessions).begin() as session:
        imports.cancel_import(session, import_id)


@blueprint.route("/<uuid:import_id>/findings")
@blueprint.arguments(schemas.FindingQuery, location="query")
@blueprint.response(200, schemas.ImportFindingPage)
def list_findings(query: dict[str, Any], import_id: uuid.UUID) -> dict[str, Any]:
    """List what was refused or looks wrong, list by list, in the order in which it was found."""
    outcome = query.pop("outcome")
    with svcs.flask.get(Sessions).begin() as session:
        bulk_import = imports.get_import(session, import_id)
        items, next_cursor = fetch_page(
            session,
            select_findings(bulk_import.position, outcome),
            ImportFinding.position,
            name="import-findings",
            newest_first=False,
            **query,
        )
        lists = fetch_lists(session, [item.list_id for item in items if item.list_id])
    described = [_describe_findings(item, lists) for item in items]
    return {"items": described, "next_cursor": next_cursor}


def _describe_findings(item: ImportFinding, lists: Mapping[uuid.UUID, Any]) -> dict[str, Any]:
    # Findings of accepted lists stand in the lists.
    imported = lists.get(item.list_id) if item.list_id else None
    findings = imported.findings if item.findings is None and imported else item.findings or []
    return {
        "path": item.path,
        "outcome": item.outcome,
        "list_id": item.list_id,
        "findings_total": item.findings_total,
        "findings": translate_findings(findings, _get_language()),
    }


def _describe(bulk_import: BulkImport, parts_received: int) -> dict[str, Any]:
    failure = bulk_import.failure_code
    return {
        **{name: getattr(bulk_import, name) for name in _COLUMNS},
        "failure": failure and {"code": failure, "message": describe_failure(failure).pick(_get_language())},
        "parts_received": parts_received,
        "progress": bulk_import.lists_done * 100 // bulk_import.lists if bulk_import.lists else 0,
    }


def _describe_with_parts(session: Session, bulk_import: BulkImport) -> dict[str, Any]:
    missing = imports.list_missing_parts(session, bulk_import)
    return _describe(bulk_import, bulk_import.parts - len(missing)) | {"missing_parts": missing}
