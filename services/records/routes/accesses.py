"""Auditors read which officer has accessed whose data, when and why."""

from typing import Any

import svcs

from services.kit.db import Sessions
from services.kit.http.access import get_caller
from services.kit.http.server import Blueprint
from services.records.actions import accesses
from services.records.schemas import accesses as schemas

blueprint = Blueprint("accesses", __name__, url_prefix="/api/v1/records/accesses")


@blueprint.route("")
@blueprint.arguments(schemas.AccessQuery, location="query")
@blueprint.response(200, schemas.AccessPage)
def list_accesses(query: dict[str, Any]) -> dict[str, Any]:
    """List officers' accesses to people's data, newest first."""
    access_filter: accesses.AccessFilter = query.pop("access_filter")
    with svcs.flask.get(Sessions).begin() as session:
        items, next_cursor = accesses.list_accesses(session, get_caller().subject, access_filter, **query)
    return {"items": items, "next_cursor": next_cursor}
