"""``institutions``: add, ensure, list."""

import uuid

import click
import sqlalchemy as sa

from services.auth.actions import administration
from services.auth.commands.group import Group, fetch_all, transaction
from services.auth.models import Institution

group = Group("institutions", help="Who is named in a person's log.")


@group.command("add")
@click.argument("name")
def add_institution(name: str) -> None:
    """Add an institution; prints its id."""
    with transaction() as session:
        click.echo(administration.add_institution(session, name).id)


@group.command("ensure")
@click.argument("name")
@click.option("--id", "institution_id", required=True, type=click.UUID)
def ensure_institution(name: str, institution_id: uuid.UUID) -> None:
    """Add the institution of that id and name, if it is not there."""
    with transaction() as session:
        administration.ensure_institution(session, institution_id, name)


@group.command("list")
def list_institutions() -> None:
    """List ids and names."""
    for institution in fetch_all(sa.select(Institution).order_by(Institution.position)):
        click.echo(f"{institution.id}\t{institution.name}")
