"""The web administration of institutions, their clerks and their clients."""

import uuid
from collections.abc import Mapping
from typing import Any

import svcs

from services.auth.actions import acts, managed_clients, managed_institutions, staff_accounts
from services.auth.actions.passwords import Hasher
from services.auth.actions.staff_accounts import CLERKS, generate_one_time_password
from services.auth.models import Client, Institution
from services.auth.routes.admin import blueprint, describe_staff
from services.auth.schemas import admin as schemas
from services.kit.db import Sessions
from services.kit.http.access import get_caller
from services.kit.paging import PageQuery


@blueprint.route("/institutions", methods=["GET"])
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, schemas.InstitutionPage)
def list_institutions(page: dict[str, Any]) -> Mapping[str, Any]:
    """List institutions, oldest first."""
    with svcs.flask.get(Sessions)() as session:
        items, next_cursor = managed_institutions.list_institutions(session, **page)
    return {"items": items, "next_cursor": next_cursor}


@blueprint.route("/institutions", methods=["POST"])
@blueprint.arguments(schemas.NewInstitution)
@blueprint.response(201, schemas.Institution)
def create_institution(fields: dict[str, Any]) -> Institution:
    """Add an institution."""
    with svcs.flask.get(Sessions).begin() as session:
        actor = acts.find_admin(session, get_caller())
        return managed_institutions.add_institution(session, actor, fields)


@blueprint.route("/institutions/<uuid:institution_id>", methods=["GET"])
@blueprint.response(200, schemas.Institution)
def get_institution(institution_id: uuid.UUID) -> Institution:
    """Return an institution."""
    with svcs.flask.get(Sessions)() as session:
        return managed_institutions.get_institution(session, institution_id)


@blueprint.route("/institutions/<uuid:institution_id>", methods=["PUT"])
@blueprint.arguments(schemas.InstitutionChange)
@blueprint.response(200, schemas.Institution)
def change_institution(fields: dict[str, Any], institution_id: uuid.UUID) -> Institution:
    """Change an institution, disable or enable it."""
    with svcs.flask.get(Sessions).begin() as session:
        actor = acts.find_admin(session, get_caller())
        return managed_institutions.change_institution(session, actor, institution_id, fields)


@blueprint.route("/institutions/<uuid:institution_id>/clerks", methods=["GET"])
@blueprint.response(200, schemas.Clerks)
def list_clerks(institution_id: uuid.UUID) -> dict[str, Any]:
    """List the clerks of an institution."""
    with svcs.flask.get(Sessions)() as session:
        managed_institutions.get_institution(session, institution_id)
        return {"items": describe_staff(session, *staff_accounts.list_staff(session, institution_id))}


@blueprint.route("/institutions/<uuid:institution_id>/clerks", methods=["POST"])
@blueprint.arguments(schemas.NewClerk)
@blueprint.response(201, schemas.AddedClerk)
def create_clerk(fields: dict[str, Any], institution_id: uuid.UUID) -> dict[str, Any]:
    """Add a clerk, or the manager of an institution; the one-time password is in this reply only."""
    sessions, hasher = svcs.flask.get(Sessions, Hasher)
    password = generate_one_time_password(hasher)
    with sessions.begin() as session:
        actor = acts.find_admin(session, get_caller())
        staff = staff_accounts.add_clerk(
            session,
            actor,
            institution_id,
            fields["username"],
            password.hash,
            is_manager=fields["is_manager"],
        )
        return describe_staff(session, staff)[0] | {"password": password.text}


@blueprint.route("/clerks/<uuid:clerk_id>", methods=["PUT"])
@blueprint.arguments(schemas.ClerkChange)
@blueprint.response(200, schemas.Clerk)
def change_clerk(fields: dict[str, Any], clerk_id: uuid.UUID) -> dict[str, Any]:
    """Make a clerk a manager or not, disable or enable the account."""
    with svcs.flask.get(Sessions).begin() as session:
        actor = acts.find_admin(session, get_caller())
        staff = staff_accounts.lock_staff(session, actor, clerk_id, CLERKS)
        staff_accounts.change_clerk(session, actor, staff, **fields)
        return describe_staff(session, staff)[0]


@blueprint.route("/clerks/<uuid:clerk_id>/password", methods=["POST"])
@blueprint.response(200, schemas.OneTimePassword)
def reset_clerk_password(clerk_id: uuid.UUID) -> dict[str, Any]:
    """Give a clerk a one-time password, which is in this reply only."""
    sessions, hasher = svcs.flask.get(Sessions, Hasher)
    password = generate_one_time_password(hasher)
    with sessions.begin() as session:
        actor = acts.find_admin(session, get_caller())
        staff = staff_accounts.lock_staff(session, actor, clerk_id, CLERKS)
        staff_accounts.reset_password(session, actor, staff, password.hash)
        return {"password": password.text, "expires_at": staff.password_expires_at}


@blueprint.route("/clerks/<uuid:clerk_id>/second-factor", methods=["DELETE"])
@blueprint.response(204)
def remove_clerk_second_factor(clerk_id: uuid.UUID) -> None:
    """Remove a clerk's second factor; the sessions end."""
    with svcs.flask.get(Sessions).begin() as session:
        actor = acts.find_admin(session, get_caller())
        staff = staff_accounts.lock_staff(session, actor, clerk_id, CLERKS)
        staff_accounts.remove_second_factor(session, actor, staff)


@blueprint.route("/institutions/<uuid:institution_id>/clients", methods=["GET"])
@blueprint.response(200, schemas.Clients)
def list_clients(institution_id: uuid.UUID) -> dict[str, Any]:
    """List the clients of an institution."""
    with svcs.flask.get(Sessions)() as session:
        managed_institutions.get_institution(session, institution_id)
        return {"items": managed_clients.list_clients(session, institution_id)}


@blueprint.route("/institutions/<uuid:institution_id>/clients", methods=["POST"])
@blueprint.arguments(schemas.NewClient)
@blueprint.response(201, schemas.AddedClient)
def create_client(fields: dict[str, Any], institution_id: uuid.UUID) -> dict[str, Any]:
    """Add a client of an institution; its secret is in this reply only."""
    with svcs.flask.get(Sessions).begin() as session:
        actor = acts.find_admin(session, get_caller())
        client, secret = managed_clients.add_client(session, actor, institution_id, **fields)
        return describe_client(client) | {"secret": secret}


def describe_client(client: Client) -> dict[str, Any]:
    """Return the fields of `Client`."""
    return {
        "id": client.id,
        "scopes": client.scopes,
        "added_at": client.added_at,
        "disabled_at": client.disabled_at,
    }


@blueprint.route("/clients/<client_id>", methods=["PUT"])
@blueprint.arguments(schemas.ClientChange)
@blueprint.response(200, schemas.Client)
def change_client(fields: dict[str, Any], client_id: str) -> Client:
    """Set the scopes of a client, disable or enable it."""
    with svcs.flask.get(Sessions).begin() as session:
        actor = acts.find_admin(session, get_caller())
        client = managed_clients.lock_client(session, actor, client_id)
        managed_clients.change_client(session, actor, client, **fields)
        return client


@blueprint.route("/clients/<client_id>/secret", methods=["POST"])
@blueprint.response(200, schemas.AddedClient)
def replace_client_secret(client_id: str) -> dict[str, Any]:
    """Give a client a new secret, which is in this reply only; the old one ends."""
    with svcs.flask.get(Sessions).begin() as session:
        actor = acts.find_admin(session, get_caller())
        client = managed_clients.lock_client(session, actor, client_id)
        secret = managed_clients.replace_secret(session, actor, client)
        return describe_client(client) | {"secret": secret}
