"""The routes of workers: claim a request, deliver its document, report a failure."""

import uuid
from functools import partial
from typing import Any

import flask
import svcs
from flask import request
from flask.typing import ResponseReturnValue
from webargs.flaskparser import use_args

from services.disclosure.actions import attempts, documents
from services.disclosure.schemas import claims
from services.disclosure.settings import Settings
from services.kit.db import Sessions
from services.kit.problems import UnsupportedMediaType
from services.kit.storage import SealedObjects

internal = flask.Blueprint("internal", __name__, url_prefix="/internal")


@internal.post("/requests/<uuid:disclosure_id>/claim")
@use_args(claims.ClaimQuery(), location="query")
def claim_request(query: dict[str, Any], disclosure_id: uuid.UUID) -> ResponseReturnValue:
    """Return what a worker needs to render the letter, claimed for the time of a lease."""
    lease = svcs.flask.get(Settings).lease
    with svcs.flask.get(Sessions).begin() as session:
        claimed = attempts.claim_request(
            session, disclosure_id, query["statement_version"], query["languages"], lease
        )
    return _build_json_response(claims.write_claim(claimed))


def _build_json_response(document: str, status: int = 200) -> flask.Response:
    return flask.Response(document, status, mimetype="application/json")


@internal.put("/requests/<uuid:disclosure_id>/document")
@use_args(claims.DocumentHeaders(), location="headers")
@use_args(claims.DeliveryQuery(), location="query")
def put_document(
    headers: dict[str, Any], query: dict[str, Any], disclosure_id: uuid.UUID
) -> ResponseReturnValue:
    """Store the letter that a worker has rendered.

    `next` is the worker's next claim, null if it takes none or none waits.
    """
    if request.mimetype != "application/pdf":
        raise UnsupportedMediaType
    document = documents.Document(content=request.get_data(cache=False), **headers)
    lease = svcs.flask.get(Settings).lease
    claim_next = partial(
        attempts.claim_next_request,
        statement_version=query["statement_version"],
        languages=query["languages"],
        lease=lease,
    )
    delivered = documents.store_document(
        svcs.flask.get(Sessions),
        svcs.flask.get(SealedObjects),
        disclosure_id,
        document,
        claim_next if query["claims_next"] else None,
    )
    claim = claims.write_claim(delivered.next_claim) if delivered.next_claim else "null"
    return _build_json_response(
        f'{{"letter_id": "{delivered.letter.id}", "next": {claim}}}', 201 if delivered.is_new else 200
    )


@internal.post("/requests/<uuid:disclosure_id>/failure")
@use_args(claims.FailureReport())
def report_failure(report: dict[str, Any], disclosure_id: uuid.UUID) -> ResponseReturnValue:
    """End a worker's attempt without a letter."""
    with svcs.flask.get(Sessions).begin() as session:
        attempts.report_failure(session, disclosure_id, **report)
    return "", 204
