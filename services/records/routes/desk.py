"""Officers see how much waits for them, and what the last seven days brought."""

from typing import Any

import svcs

from services.kit.db import Sessions
from services.kit.http.access import get_caller
from services.kit.http.server import Blueprint
from services.records.actions.weeks import count_week
from services.records.proposals.queues import list_queues
from services.records.schemas import desk as schemas

blueprint = Blueprint("desk", __name__, url_prefix="/api/v1/records/desk")


@blueprint.route("")
@blueprint.response(200, schemas.QueuePage)
def list_desk_queues() -> dict[str, Any]:
    """List the queues that the officer's scopes decide about, with the number of items in each."""
    caller = get_caller()
    with svcs.flask.get(Sessions).begin() as session:
        queues = list(list_queues(session, caller.subject, caller.scopes))
    return {"items": queues, "next_cursor": None}


@blueprint.route("/week")
@blueprint.response(200, schemas.Week)
def get_week() -> dict[str, Any]:
    """Count the lists and objections of each of the last seven days."""
    with svcs.flask.get(Sessions).begin() as session:
        return {"days": count_week(session)}
