"""``keys``: add, publish, sign-with, retire, list, ensure."""

from pathlib import Path

import click
import sqlalchemy as sa
import svcs

from services.auth.actions import keys
from services.auth.commands.group import Group, fetch_all, transaction
from services.auth.models import SigningKey
from services.auth.settings import Settings

group = Group("keys", help="The keys that sign tokens.")
now_option = click.option(
    "--now", is_flag=True, help="Do not wait until services have the key or tokens have expired."
)


def _get_directory() -> Path:
    return svcs.flask.get(Settings).token_keys_dir


@group.command("add")
def add_key() -> None:
    """Create a key, which is not published yet, and print its id."""
    click.echo(keys.add_key(_get_directory()))


@group.command("publish")
@click.argument("kid")
def publish_key(kid: str) -> None:
    """Add a key to the key set."""
    with transaction() as session:
        keys.publish_key(session, _get_directory(), kid)


@group.command("sign-with")
@click.argument("kid")
@now_option
def sign_with(kid: str, *, now: bool) -> None:
    """Sign with a published key from now on."""
    with transaction() as session:
        keys.sign_with(session, _get_directory(), kid, skip_wait=now)


@group.command("retire")
@click.argument("kid")
@now_option
def retire_key(kid: str, *, now: bool) -> None:
    """Remove a key from the key set and delete its file."""
    with transaction() as session:
        keys.retire_key(session, kid, skip_wait=now)
    keys.delete_private_key(_get_directory(), kid)


@group.command("list")
def list_keys() -> None:
    """List the keys that were published, with their state."""
    for key in fetch_all(sa.select(SigningKey).order_by(SigningKey.changed_at)):
        click.echo(f"{key.kid}\t{key.state.value}\t{key.changed_at:%Y-%m-%dT%H:%M:%SZ}")


@group.command("ensure")
def ensure_key() -> None:
    """Create a key and sign with it, if no key signs."""
    with transaction() as session:
        click.echo(keys.ensure_key(session, _get_directory()))
