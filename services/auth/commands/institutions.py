"""``institutions``: add, ensure, contact, list."""

import uuid
from collections.abc import Sequence

import click
import sqlalchemy as sa

from services.auth.actions import contacts, institutions, managed_institutions
from services.auth.commands.group import Group, fetch_all, transaction
from services.auth.models import Institution
from services.kit.fields import IRANIAN_MOBILE_INVALID, parse_iranian_mobile

group = Group("institutions", help="Institutions, as a person's log names them.")


@group.command("add")
@click.argument("name")
def add_institution(name: str) -> None:
    """Add an institution and print its id."""
    with transaction() as session:
        click.echo(institutions.add_institution(session, name).id)


@group.command("ensure")
@click.argument("name")
@click.option("--id", "institution_id", required=True, type=click.UUID)
@click.option(
    "--purpose",
    "purposes",
    nargs=3,
    multiple=True,
    metavar="CODE FA EN",
    help="What it may inquire for; may be given several times.",
)
def ensure_institution(
    name: str, institution_id: uuid.UUID, purposes: Sequence[tuple[str, str, str]]
) -> None:
    """Add the institution with that id and name if it is missing, and set its purposes if any are given."""
    with transaction() as session:
        institution = institutions.ensure_institution(session, institution_id, name)
        if purposes:
            managed_institutions.set_purposes(
                session, institution, [{"code": code, "fa": fa, "en": en} for code, fa, en in purposes]
            )


@group.command("contact")
@click.argument("name")
@click.argument("mobile", required=False)
@click.option("--off", is_flag=True, help="Remove the contact.")
def set_contact(name: str, mobile: str | None, off: bool) -> None:
    """Set the mobile that gets a message when most inquiries of an institution fail."""
    if off == (mobile is not None):
        raise click.UsageError("Give either a mobile or --off.")
    try:
        contact = parse_iranian_mobile(mobile) if mobile else None
    except ValueError as error:
        raise click.UsageError(IRANIAN_MOBILE_INVALID.en) from error
    with transaction() as session:
        contacts.set_contact(session, name, contact)


@group.command("list")
def list_institutions() -> None:
    """List ids and names."""
    for institution in fetch_all(sa.select(Institution).order_by(Institution.position)):
        click.echo(f"{institution.id}\t{institution.name}")
