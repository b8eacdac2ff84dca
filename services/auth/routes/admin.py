"""The web administration: officers, the log and the keys of tokens. `admin_institutions` has the rest."""

import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
import svcs
from sqlalchemy.orm import Session

from services.auth import store
from services.auth.actions import acts, staff_accounts
from services.auth.actions.passwords import Hasher
from services.auth.actions.staff_accounts import OFFICERS, generate_one_time_password
from services.auth.models import SigningKey, Staff, StaffRole
from services.auth.schemas import admin as schemas
from services.kit.db import Sessions
from services.kit.http.access import get_caller
from services.kit.http.server import Blueprint
from services.kit.paging import PageQuery

blueprint = Blueprint("admin", __name__, url_prefix="/api/v1/auth/admin")


def describe_staff(session: Session, *members: Staff) -> list[dict[str, Any]]:
    """Return the fields of `Officer` or `Clerk` for each member of staff."""
    enrolled = store.list_owners_with_factors(session, [member.id for member in members])
    return [
        {
            "id": member.id,
            "username": member.username,
            "role": member.role.value,
            "scopes": [] if member.role is StaffRole.ADMIN else member.scopes,
            "is_manager": member.is_manager,
            "added_at": member.added_at,
            "disabled_at": member.disabled_at,
            "password_expires_at": member.password_expires_at,
            "has_second_factor": member.id in enrolled,
        }
        for member in members
    ]


@blueprint.route("/officers", methods=["GET"])
@blueprint.response(200, schemas.Officers)
def list_officers() -> dict[str, Any]:
    """List officers and admins."""
    with svcs.flask.get(Sessions)() as session:
        return {"items": describe_staff(session, *staff_accounts.list_staff(session, None))}


@blueprint.route("/officers", methods=["POST"])
@blueprint.arguments(schemas.NewOfficer)
@blueprint.response(201, schemas.AddedOfficer)
def create_officer(fields: dict[str, Any]) -> dict[str, Any]:
    """Add an officer or an admin; the one-time password is in this reply only."""
    sessions, hasher = svcs.flask.get(Sessions, Hasher)
    password = generate_one_time_password(hasher)
    with sessions.begin() as session:
        actor = acts.find_admin(session, get_caller())
        role = StaffRole(fields["role"])
        staff = staff_accounts.add_officer(
            session, actor, fields["username"], role, fields["scopes"], password.hash
        )
        return describe_staff(session, staff)[0] | {"password": password.text}


@blueprint.route("/officers/<uuid:officer_id>", methods=["GET"])
@blueprint.response(200, schemas.Officer)
def get_officer(officer_id: uuid.UUID) -> dict[str, Any]:
    """Return an officer or an admin."""
    with svcs.flask.get(Sessions)() as session:
        staff = staff_accounts.get_staff(session, officer_id, OFFICERS)
        return describe_staff(session, staff)[0]


@blueprint.route("/officers/<uuid:officer_id>", methods=["PUT"])
@blueprint.arguments(schemas.OfficerChange)
@blueprint.response(200, schemas.Officer)
def change_officer(fields: dict[str, Any], officer_id: uuid.UUID) -> dict[str, Any]:
    """Set the scopes of an officer, disable or enable the account."""
    with svcs.flask.get(Sessions).begin() as session:
        actor = acts.find_admin(session, get_caller())
        staff = staff_accounts.lock_staff(session, actor, officer_id, OFFICERS)
        staff_accounts.change_officer(session, actor, staff, fields["scopes"], disabled=fields["disabled"])
        return describe_staff(session, staff)[0]


@blueprint.route("/officers/<uuid:officer_id>/password", methods=["POST"])
@blueprint.response(200, schemas.OneTimePassword)
def reset_officer_password(officer_id: uuid.UUID) -> dict[str, Any]:
    """Give an officer a one-time password, which is in this reply only."""
    sessions, hasher = svcs.flask.get(Sessions, Hasher)
    password = generate_one_time_password(hasher)
    with sessions.begin() as session:
        actor = acts.find_admin(session, get_caller())
        staff = staff_accounts.lock_staff(session, actor, officer_id, OFFICERS)
        staff_accounts.reset_password(session, actor, staff, password.hash)
        return {"password": password.text, "expires_at": staff.password_expires_at}


@blueprint.route("/officers/<uuid:officer_id>/second-factor", methods=["DELETE"])
@blueprint.response(204)
def remove_officer_second_factor(officer_id: uuid.UUID) -> None:
    """Remove an officer's second factor; the sessions end."""
    with svcs.flask.get(Sessions).begin() as session:
        actor = acts.find_admin(session, get_caller())
        staff = staff_accounts.lock_staff(session, actor, officer_id, OFFICERS)
        staff_accounts.remove_second_factor(session, actor, staff)


@blueprint.route("/officers/<uuid:officer_id>/sessions", methods=["DELETE"])
@blueprint.response(204)
def end_officer_sessions(officer_id: uuid.UUID) -> None:
    """End all sessions of an officer."""
    with svcs.flask.get(Sessions).begin() as session:
        actor = acts.find_admin(session, get_caller())
        staff = staff_accounts.lock_staff(session, actor, officer_id, OFFICERS)
        staff_accounts.end_sessions(session, actor, staff)


@blueprint.route("/log", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, schemas.ActPage)
def list_acts(page: dict[str, Any]) -> Mapping[str, Any]:
    """List what admins, managers and operators did, newest first."""
    with svcs.flask.get(Sessions)() as session:
        items, next_cursor = acts.list_acts(session, None, **page)
    return {"items": items, "next_cursor": next_cursor}


@blueprint.route("/token-keys", methods=["GET"])
@blueprint.response(200, schemas.TokenKeys)
def list_token_keys() -> dict[str, Any]:
    """List the keys that sign and verify tokens."""
    with svcs.flask.get(Sessions)() as session:
        keys = session.scalars(sa.select(SigningKey).order_by(SigningKey.changed_at, SigningKey.kid)).all()
    return {
        "items": [{"kid": key.kid, "state": key.state.value, "changed_at": key.changed_at} for key in keys]
    }
