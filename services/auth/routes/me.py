"""A person's account as a whole: what the account page shows and changes."""

import uuid
from typing import Any

import svcs
from flask import request

from services.auth import schemas
from services.auth.actions import closings, own_accounts, preferences
from services.auth.actions.confirmations import confirm_password
from services.auth.actions.passwords import Hasher
from services.auth.models import Account, Role
from services.auth.settings import Pepper, Settings
from services.kit.db import Sessions
from services.kit.http.access import get_caller
from services.kit.http.server import Blueprint
from services.kit.problems import Forbidden

blueprint = Blueprint("me", __name__, url_prefix="/api/v1/auth/me")


def _require_citizen() -> None:
    """Raise Forbidden for staff, whose accounts officers manage."""
    if get_caller().role != Role.CITIZEN:
        raise Forbidden


@blueprint.route("")
@blueprint.response(200, schemas.OwnAccount)
def get_account() -> dict[str, Any]:
    """Return the account of the caller."""
    with svcs.flask.get(Sessions)() as session:
        return own_accounts.describe_account(session, own_accounts.find_holder(session, get_caller()))


@blueprint.route("", methods=["PATCH"])
@blueprint.arguments(schemas.AccountChange)
@blueprint.response(200, schemas.OwnAccount)
def change_account(fields: dict[str, Any]) -> dict[str, Any]:
    """Change the language of the messages."""
    _require_citizen()
    with svcs.flask.get(Sessions).begin() as session:
        account = own_accounts.set_language(session, get_caller(), fields["language"])
        return own_accounts.describe_account(session, account)


@blueprint.route("", methods=["DELETE"])
@blueprint.arguments(schemas.PasswordConfirmation)
@blueprint.response(200, schemas.ClosedAccount)
def close_account(fields: dict[str, Any]) -> Account:
    """Close the account; it is deleted after some days, until which a new password opens it again."""
    _require_citizen()
    sessions, hasher, pepper, settings = svcs.flask.get(Sessions, Hasher, Pepper, Settings)
    holder = confirm_password(
        sessions, hasher, pepper, get_caller(), fields["password"], request.remote_addr or ""
    )
    if not isinstance(holder, Account):
        raise Forbidden
    with sessions.begin() as session:
        return closings.close_account(session, hasher, holder, settings.closing_days)


@blueprint.route("/export")
@blueprint.response(200, schemas.ExportedDocument)
def export_account() -> dict[str, Any]:
    """Return everything that this service stores about the caller."""
    with svcs.flask.get(Sessions)() as session:
        return own_accounts.export_account(session, get_caller())


@blueprint.route("/devices")
@blueprint.response(200, schemas.OwnDevices)
def list_devices() -> dict[str, Any]:
    """Return the devices and sessions of the caller."""
    with svcs.flask.get(Sessions)() as session:
        return {"items": own_accounts.list_devices(session, get_caller())}


@blueprint.route("/devices/<uuid:device_id>", methods=["DELETE"])
@blueprint.response(204)
def forget_device(device_id: uuid.UUID) -> None:
    """End the sessions on a device, and forget it."""
    with svcs.flask.get(Sessions).begin() as session:
        own_accounts.forget_device(session, get_caller(), device_id)


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
