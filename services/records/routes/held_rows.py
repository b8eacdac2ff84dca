"""Officers read the rows of lists that count in nobody's record; `proposals` decides about them."""

import uuid
from typing import Any

import svcs
from flask import jsonify
from flask.typing import ResponseReturnValue

from services.kit.db import Sessions
from services.kit.http.access import get_caller
from services.kit.http.server import Blueprint
from services.kit.paging import fetch_page
from services.records.actions.held_rows import describe_held_rows, open_held_row
from services.records.models import HeldRow
from services.records.schemas import held_rows as schemas
from services.records.store.identities import select_held_rows

blueprint = Blueprint("held_rows", __name__, url_prefix="/api/v1/records/held-rows")


@blueprint.route("")
@blueprint.arguments(schemas.HeldRowQuery, location="query")
@blueprint.response(200, schemas.HeldRowPage)
def list_held_rows(query: dict[str, Any]) -> ResponseReturnValue:
    """List held rows beside what is known; each person known is recorded as an access."""
    rows = select_held_rows(query.pop("status"), query.pop("list_id"))
    with svcs.flask.get(Sessions).begin() as session:
        items, next_cursor = fetch_page(session, rows, HeldRow.position, name="held-rows", **query)
        documents = describe_held_rows(session, items, get_caller().subject)
    return jsonify(items=documents, next_cursor=next_cursor)


@blueprint.route("/<uuid:held_row_id>")
@blueprint.response(200, schemas.HeldRow)
def get_held_row(held_row_id: uuid.UUID) -> ResponseReturnValue:
    """Get a held row beside what is known; the access is recorded."""
    with svcs.flask.get(Sessions).begin() as session:
        return jsonify(open_held_row(session, held_row_id, get_caller().subject))
