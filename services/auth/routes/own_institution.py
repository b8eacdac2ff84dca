"""What the manager of an institution sees and does: its clerks, its clients, and what was done to them."""

import uuid
from collections.abc import Mapping
from typing import Any

import svcs

from services.auth.actions import acts, managed_clients, managed_institutions, staff_accounts
from services.auth.actions.acts import Actor
from services.auth.actions.passwords import Hasher
from services.auth.actions.staff_accounts import CLERKS, generate_one_time_password
from services.auth.models import Client, Institution
from services.auth.routes.admin import describe_staff
from services.auth.routes.admin_institutions import describe_client
from services.auth.schemas import admin as schemas
from services.kit.db import Sessions
from services.kit.http.access import get_caller
from services.kit.http.server import Blueprint
from services.kit.paging import PageQuery
from services.kit.problems import Forbidden

blueprint = Blueprint("own_institution", __name__, url_prefix="/api/v1/auth/institution")


def _get_institution_id(actor: Actor) -> uuid.UUID:
    """Return the id of the manager's institution, which every manager has."""
    if actor.institution_id is None:
        raise Forbidden
    return actor.institution_id


@blueprint.route("", methods=["GET"])
@blueprint.response(200, schemas.Institution)
def get_own_institution() -> Institution:
    """Return the manager's own institution."""
    with svcs.flask.get(Sessions)() as session:
        actor = acts.find_manager(session, get_caller())
        return managed_institutions.get_institution(session, _get_institution_id(actor))


@blueprint.route("/clerks", methods=["GET"])
@blueprint.response(200, schemas.Clerks)
def list_own_clerks() -> dict[str, Any]:
    """List the clerks of the own institution."""
    with svcs.flask.get(Sessions)() as session:
        institution_id = _get_institution_id(acts.find_manager(session, get_caller()))
        return {"items": describe_staff(session, *staff_accounts.list_staff(session, institution_id))}


@blueprint.route("/clerks", methods=["POST"])
@blueprint.arguments(schemas.NewOwnClerk)
@blueprint.response(201, schemas.AddedClerk)
def create_own_clerk(fields: dict[str, Any]) -> dict[str, Any]:
    """Add a clerk to the own institution; the one-time password is in this reply only."""
    sessions, hasher = svcs.flask.get(Sessions, Hasher)
    password = generate_one_time_password(hasher)
    with sessions.begin() as session:
        actor = acts.find_manager(session, get_caller())
        staff = staff_accounts.add_clerk(
            session, actor, _get_institution_id(actor), fields["username"], password.hash, is_manager=False
        )
        return describe_staff(session, staff)[0] | {"password": password.text}


@blueprint.route("/clerks/<uuid:clerk_id>", methods=["PUT"])
@blueprint.arguments(schemas.OwnClerkChange)
@blueprint.response(200, schemas.Clerk)
def change_own_clerk(fields: dict[str, Any], clerk_id: uuid.UUID) -> dict[str, Any]:
    """Disable or enable a clerk of the own institution."""
    with svcs.flask.get(Sessions).begin() as session:
        actor = acts.find_manager(session, get_caller())
        staff = staff_accounts.lock_staff(session, actor, clerk_id, CLERKS)
        staff_accounts.change_clerk(session, actor, staff, is_manager=None, disabled=fields["disabled"])
        return describe_staff(session, staff)[0]


@blueprint.route("/clerks/<uuid:clerk_id>/password", methods=["POST"])
@blueprint.response(200, schemas.OneTimePassword)
def reset_own_clerk_password(clerk_id: uuid.UUID) -> dict[str, Any]:
    """Give a clerk of the own institution a one-time password, which is in this reply only."""
    sessions, hasher = svcs.flask.get(Sessions, Hasher)
    password = generate_one_time_password(hasher)
    with sessions.begin() as session:
        actor = acts.find_manager(session, get_caller())
        staff = staff_accounts.lock_staff(session, actor, clerk_id, CLERKS)
        staff_accounts.reset_password(session, actor, staff, password.hash)
        return {"password": password.text, "expires_at": staff.password_expires_at}


@blueprint.route("/clerks/<uuid:clerk_id>/second-factor", methods=["DELETE"])
@blueprint.response(204)
def remove_own_clerk_second_factor(clerk_id: uuid.UUID) -> None:
    """Remove the second factor of a clerk of the own institution; the sessions end."""
    with svcs.flask.get(Sessions).begin() as session:
        actor = acts.find_manager(session, get_caller())
        staff = staff_accounts.lock_staff(session, actor, clerk_id, CLERKS)
        staff_accounts.remove_second_factor(session, actor, staff)


@blueprint.route("/clients", methods=["GET"])
@blueprint.response(200, schemas.Clients)
def list_own_clients() -> dict[str, Any]:
    """List the clients of the own institution."""
    with svcs.flask.get(Sessions)() as session:
        institution_id = _get_institution_id(acts.find_manager(session, get_caller()))
        return {"items": managed_clients.list_clients(session, institution_id)}


@blueprint.route("/clients", methods=["POST"])
@blueprint.arguments(schemas.NewClient)
@blueprint.response(201, schemas.AddedClient)
def create_own_client(fields: dict[str, Any]) -> dict[str, Any]:
    """Add a client of the own institution; its secret is in this reply only."""
    with svcs.flask.get(Sessions).begin() as session:
        actor = acts.find_manager(session, get_caller())
        client, secret = managed_clients.add_client(session, actor, _get_institution_id(actor), **fields)
        return describe_client(client) | {"secret": secret}


@blueprint.route("/clients/<client_id>", methods=["PUT"])
@blueprint.arguments(schemas.OwnClientChange)
@blueprint.response(200, schemas.Client)
def change_own_client(fields: dict[str, Any], client_id: str) -> Client:
    """Disable or enable a client of the own institution."""
    with svcs.flask.get(Sessions).begin() as session:
        actor = acts.find_manager(session, get_caller())
        client = managed_clients.lock_client(session, actor, client_id)
        managed_clients.change_client(session, actor, client, None, disabled=fields["disabled"])
        return client


@blueprint.route("/clients/<client_id>/secret", methods=["POST"])
@blueprint.response(200, schemas.AddedClient)
def replace_own_client_secret(client_id: str) -> dict[str, Any]:
    """Give a client of the own institution a new secret, which is in this reply only."""
    with svcs.flask.get(Sessions).begin() as session:
        actor = acts.find_manager(session, get_caller())
        client = managed_clients.lock_client(session, actor, client_id)
        secret = managed_clients.replace_secret(session, actor, client)
        return describe_client(client) | {"secret": secret}


@blueprint.route("/log", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, schemas.ActPage)
def list_own_acts(page: dict[str, Any]) -> Mapping[str, Any]:
    """List what was done to the own institution, its clerks and clients, newest first."""
    with svcs.flask.get(Sessions)() as session:
        institution_id = _get_institution_id(acts.find_manager(session, get_caller()))
        items, next_cursor = acts.list_acts(session, institution_id, **page)
    return {"items": items, "next_cursor": next_cursor}
