"""The choice between two accounts of one person, which officers have found to be one."""

import uuid
from typing import Any

import svcs

from services.auth.actions import acts, closed_accounts
from services.auth.actions.closed_accounts import Choice
from services.auth.schemas import admin_accounts as schemas
from services.kit.db import Sessions
from services.kit.http.access import get_caller
from services.kit.http.server import Blueprint

blueprint = Blueprint("admin_accounts", __name__, url_prefix="/api/v1/auth/admin/closed-accounts")


@blueprint.route("", methods=["GET"])
@blueprint.arguments(schemas.ChoiceQuery, location="query")
@blueprint.response(200, schemas.AccountChoicePage)
def list_closed_accounts(query: dict[str, Any]) -> dict[str, Any]:
    """List the closed accounts of people who had two, newest first."""
    with svcs.flask.get(Sessions)() as session:
        items, next_cursor = closed_accounts.list_choices(session, **query)
    return {"items": items, "next_cursor": next_cursor}


@blueprint.route("/<uuid:closed_id>", methods=["GET"])
@blueprint.response(200, schemas.AccountChoice)
def get_closed_account(closed_id: uuid.UUID) -> Choice:
    """Return a closed account beside the one that its person has now."""
    with svcs.flask.get(Sessions)() as session:
        return closed_accounts.get_choice(session, closed_id)


@blueprint.route("/<uuid:closed_id>/choice", methods=["POST"])
@blueprint.arguments(schemas.NewChoice)
@blueprint.response(204)
def choose_closed_account(fields: dict[str, Any], closed_id: uuid.UUID) -> None:
    """Make a closed account the one of its person; the other one is closed."""
    with svcs.flask.get(Sessions).begin() as session:
        actor = acts.find_admin(session, get_caller())
        closed_accounts.choose_account(session, actor, closed_id, fields["reason"])
