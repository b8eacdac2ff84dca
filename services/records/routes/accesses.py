"""Those who audit read which officer has looked at whom, when and why."""

from typing import Any

import svcs
from sqlalchemy.orm import Session

from services.kit.http.access import caller
from services.kit.http.server import Blueprint
from services.records.actions.accesses import Wanted, list_looks
from services.records.schemas import accesses as schemas

blueprint = Blueprint("looks", __name__, url_prefix="/api/v1/records/accesses")


@blueprint.route("")
@blueprint.arguments(schemas.AccessesQuery, location="query")
@blueprint.response(200, schemas.LookPage)
def show_accesses(query: dict[str, Any]) -> dict[str, Any]:
    """Officers' looks at people's data, newest first"""
    wanted: Wanted = query.pop("wanted")
    session = svcs.flask.get(Session)
    with session.begin():
        items, following = list_looks(session, caller().subject, wanted, **query)
    return {"items": items, "next_cursor": following}
