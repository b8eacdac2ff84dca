"""``accounts``: list-closed, choose."""

import uuid

import click
import sqlalchemy as sa

from services.auth.actions import closed_accounts
from services.auth.actions.acts import OPERATOR
from services.auth.commands.group import Group, fetch_all, transaction
from services.auth.errors import ClosedAccountUnknown, CommandRefused
from services.auth.models import ClosedAccount

group = Group("accounts", help="Accounts of people who had two.")


@group.command("list-closed")
def list_closed() -> None:
    """List closed accounts: id, person, when it was activated and closed. Mobiles are not shown."""
    for closed in fetch_all(sa.select(ClosedAccount).order_by(ClosedAccount.closed_at)):
        moments = f"{closed.activated_at.isoformat()}\t{closed.closed_at.isoformat()}"
        click.echo(f"{closed.id}\t{closed.person_id}\t{moments}")


@group.command("choose")
@click.argument("closed_id", type=click.UUID)
def choose_account(closed_id: uuid.UUID) -> None:
    """Let a person sign in with the mobile and password of a closed account; the other one is closed."""
    with transaction() as session:
        try:
            closed_accounts.choose_account(session, OPERATOR, closed_id)
        except ClosedAccountUnknown as error:
            unknown = f"there is no closed account {closed_id}; see: accounts list-closed"
            raise CommandRefused(unknown) from error
