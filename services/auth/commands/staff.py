"""``officers``, ``admins`` and ``clerks``: add, ensure, totp, disable, list."""

import uuid
from collections.abc import Sequence
from pathlib import Path

import click
import sqlalchemy as sa
import svcs

from services.auth import store
from services.auth.actions import second_factors
from services.auth.actions import staff as actions
from services.auth.actions.acts import OPERATOR, record_act
from services.auth.actions.passwords import Hasher, check_password
from services.auth.commands.group import (
    FILE,
    Group,
    fetch_all,
    institution_option,
    read_line,
    transaction,
    write_secret,
)
from services.auth.models import Staff, StaffRole
from services.auth.settings import Pepper

officers = Group("officers", help="Staff of the organisation.")
admins = Group("admins", help="Administrators, who manage officers and institutions on the web.")
clerks = Group("clerks", help="Staff of institutions.")

scope_option = click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    type=click.Choice(actions.OFFICER_SCOPES),
    help="May be given several times.",
)
password_option = click.option("--password-file", type=FILE, help="Prompted for if missing.")
secret_option = click.option(
    "--secret-file", type=FILE, help="A new file for the new secret and its otpauth URI."
)
off_option = click.option("--off", is_flag=True, help="Remove the second factor.")
manager_option = click.option("--manager", "is_manager", is_flag=True, help="Manages the institution.")
required_password_option = click.option("--password-file", type=FILE, required=True)


def _hash_new_password(username: str, password_file: Path | None) -> str:
    with transaction() as session:
        actions.check_username_is_free(session, username)
    if password_file:
        password = read_line(password_file)
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    check_password(password, username)
    return svcs.flask.get(Hasher).hash_password(password)


def _hash_changed_password(username: str, password_file: Path) -> str | None:
    """Return the hash of the password in the file, or None if it is the current password."""
    password = read_line(password_file)
    with transaction() as session:
        staff = store.find_staff(session, username)
    if staff and svcs.flask.get(Hasher).is_match(staff.password_hash, password):
        return None
    check_password(password, username)
    return svcs.flask.get(Hasher).hash_password(password)


@officers.command("add")
@click.argument("username")
@scope_option
@password_option
def add_officer(username: str, scopes: Sequence[str], password_file: Path | None) -> None:
    """Add an officer."""
    password_hash = _hash_new_password(username, password_file)
    with transaction() as session:
        actions.ensure_officer(session, username, scopes, password_hash)


@officers.command("ensure")
@click.argument("username")
@scope_option
@required_password_option
def ensure_officer(username: str, scopes: Sequence[str], password_file: Path) -> None:
    """Add an officer, or set the scopes and the password of an existing one."""
    password_hash = _hash_changed_password(username, password_file)
    with transaction() as session:
        actions.ensure_officer(session, username, scopes, password_hash)


@admins.command("add")
@click.argument("username")
@password_option
def add_admin(username: str, password_file: Path | None) -> None:
    """Add an administrator, who enrols a second factor at the first sign-in."""
    password_hash = _hash_new_password(username, password_file)
    with transaction() as session:
        actions.ensure_admin(session, username, password_hash)
        record_act(session, OPERATOR, "officer-added", username, role="admin")


@admins.command("ensure")
@click.argument("username")
@required_password_option
def ensure_admin(username: str, password_file: Path) -> None:
    """Add an administrator, or set the password of an existing one."""
    password_hash = _hash_changed_password(username, password_file)
    with transaction() as session:
        actions.ensure_admin(session, username, password_hash)


@clerks.command("add")
@click.argument("username")
@institution_option
@password_option
@manager_option
def add_clerk(
    username: str, institution_id: uuid.UUID, password_file: Path | None, *, is_manager: bool
) -> None:
    """Add a clerk of an institution, or its manager."""
    password_hash = _hash_new_password(username, password_file)
    with transaction() as session:
        actions.ensure_clerk(session, username, institution_id, password_hash, is_manager=is_manager)


@clerks.command("ensure")
@click.argument("username")
@institution_option
@required_password_option
@manager_option
def ensure_clerk(username: str, institution_id: uuid.UUID, password_file: Path, *, is_manager: bool) -> None:
    """Add a clerk of an institution, or set the password of an existing one."""
    password_hash = _hash_changed_password(username, password_file)
    with transaction() as session:
        actions.ensure_clerk(session, username, institution_id, password_hash, is_manager=is_manager)


def _change_totp(username: str, role: StaffRole, secret_file: Path | None, off: bool) -> None:
    if off == (secret_file is not None):
        raise click.UsageError("Give either --secret-file with the name of a new file, or --off.")
    with transaction() as session:
        if secret_file:
            write_secret(
                secret_file,
                *second_factors.enable_second_factor(session, svcs.flask.get(Pepper), username, role),
            )
        else:
            second_factors.remove_second_factor(session, username, role)


@officers.command("totp")
@click.argument("username")
@secret_option
@off_option
def change_officer_totp(username: str, secret_file: Path | None, off: bool) -> None:
    """Require one-time codes (RFC 6238) from an officer, or stop that."""
    _change_totp(username, StaffRole.OFFICER, secret_file, off)


@admins.command("totp")
@click.argument("username")
@secret_option
@off_option
def change_admin_totp(username: str, secret_file: Path | None, off: bool) -> None:
    """Replace an administrator's second factor, or remove it: it is enrolled at the next sign-in."""
    _change_totp(username, StaffRole.ADMIN, secret_file, off)


@clerks.command("totp")
@click.argument("username")
@secret_option
@off_option
def change_clerk_totp(username: str, secret_file: Path | None, off: bool) -> None:
    """Require one-time codes (RFC 6238) from a clerk, or stop that."""
    _change_totp(username, StaffRole.CLERK, secret_file, off)


def _disable_staff(username: str, role: StaffRole) -> None:
    with transaction() as session:
        actions.disable_staff(session, username, role)


@officers.command("disable")
@click.argument("username")
def disable_officer(username: str) -> None:
    """Disable an officer and end the sessions."""
    _disable_staff(username, StaffRole.OFFICER)


@admins.command("disable")
@click.argument("username")
def disable_admin(username: str) -> None:
    """Disable an administrator and end the sessions."""
    _disable_staff(username, StaffRole.ADMIN)


@clerks.command("disable")
@click.argument("username")
def disable_clerk(username: str) -> None:
    """Disable a clerk and end the sessions."""
    _disable_staff(username, StaffRole.CLERK)


def _list_staff(role: StaffRole) -> None:
    for staff in fetch_all(sa.select(Staff).where(Staff.role == role).order_by(Staff.username)):
        state = "disabled" if staff.disabled_at else "active"
        click.echo(f"{staff.username}\t{staff.institution_id or ' '.join(staff.scopes)}\t{state}")


@officers.command("list")
def list_officers() -> None:
    """List officers with their scopes."""
    _list_staff(StaffRole.OFFICER)


@admins.command("list")
def list_admins() -> None:
    """List administrators."""
    _list_staff(StaffRole.ADMIN)


@clerks.command("list")
def list_clerks() -> None:
    """List clerks with the ids of their institutions."""
    _list_staff(StaffRole.CLERK)
