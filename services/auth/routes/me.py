"""A person's account as a whole: what the account page shows and changes."""

from typing import Any

import svcs

from services.auth import schemas
from services.auth.actions import preferences
from services.kit.db import Sessions
from services.kit.http.access import get_caller
from services.kit.http.server import Blueprint

blueprint = Blueprint("me", __name__, url_prefix="/api/v1/auth/me")


@blueprint.route("/preferences")
@blueprint.response(200, schemas.Preferences)
def list_preferences() -> dict[str, Any]:
    """Return which messages the person gets, and which stay in the portal."""
    with svcs.flask.get(Sessions)() as session:
        return {"preferences": preferences.list_preferences(session, get_caller().person_id)}


@blueprint.route("/preferences", methods=["PUT"])
@blueprint.arguments(schemas.WantedPreferences)
@blueprint.response(200, schemas.Preferences)
def replace_preferences(fields: dict[str, Any]) -> dict[str, Any]:
    """Set which messages the person gets; kinds that are not named are sent as messages."""
    person_id = get_caller().person_id
    wanted = {item["kind"]: item["delivery"] for item in fields["preferences"]}
    with svcs.flask.get(Sessions).begin() as session:
        preferences.replace_preferences(session, person_id, wanted)
        return {"preferences": preferences.list_preferences(session, person_id)}
