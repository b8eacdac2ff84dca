"""``clients``: add, ensure, ensure-services, disable, list."""

import uuid
from pathlib import Path

import click
import sqlalchemy as sa

from services.auth.actions import clients
from services.auth.commands.group import (
    FILE,
    Group,
    fetch_all,
    institution_option,
    read_first_line,
    transaction,
    write_secret,
)
from services.auth.models import Client

group = Group("clients", help="Programs that request their own tokens.")
secret_option = click.option("--secret-file", type=FILE, required=True)


@group.command("add")
@click.argument("client_id")
@institution_option
@secret_option
def add_client(client_id: str, institution_id: uuid.UUID, secret_file: Path) -> None:
    """Add the system of an institution; its new secret is written to the file."""
    secret = clients.generate_secret()
    with transaction() as session:
        clients.add_client(session, client_id, institution_id, secret)
        write_secret(secret_file, secret)


@group.command("ensure")
@click.argument("client_id")
@institution_option
@secret_option
def ensure_client(client_id: str, institution_id: uuid.UUID, secret_file: Path) -> None:
    """Add the system of an institution, or set its secret, to what the file holds."""
    with transaction() as session:
        clients.ensure_client(session, client_id, institution_id, read_first_line(secret_file))


@group.command("ensure-services")
@click.option(
    "--secrets-dir",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Holds a file NAME.secret for each service.",
)
def ensure_services(secrets_dir: Path) -> None:
    """Add the clients of our own services, or set their secrets and scopes."""
    with transaction() as session:
        for name in clients.SERVICE_SCOPES:
            clients.ensure_service(session, name, read_first_line(secrets_dir / f"{name}.secret"))


@group.command("disable")
@click.argument("client_id")
def disable_client(client_id: str) -> None:
    """Disable a client and revoke its tokens."""
    with transaction() as session:
        clients.disable_client(session, client_id)


@group.command("list")
def list_clients() -> None:
    """List clients with their scopes."""
    for client in fetch_all(sa.select(Client).order_by(Client.id)):
        state = "disabled" if client.disabled_at else "active"
        click.echo(f"{client.id}\t{client.institution_id or '-'}\t{' '.join(client.scopes)}\t{state}")
