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
now_option = click.option("--now", is_flag=True, help="Do not wait until services and tokens have caught up.")


def _directory() -> Path:
    return svcs.flask.get(Settings).token_keys_dir


@group.command("add")
def add_key() -> None:
    """Make a key that is not published yet."""
    click.echo(keys.add_key(_directory()))


@group.command("publish")
@click.argument("kid")
def publish_key(kid: str) -> None:
    """Put a key in the key set."""
    with transaction() as session:
        keys.publish_key(session, _directory(), kid)


@group.command("sign-with")
@click.argument("kid")
@now_option
def sign_with(kid: str, *, now: bool) -> None:
    """Sign with a published key from now on."""
    with transaction() as session:
        keys.sign_with(session, _directory(), kid, at_once=now)


@group.command("retire")
@click.argument("kid")
@now_option
def retire_key(kid: str, *, now: bool) -> None:
    """Take a key out of the key set and delete its file."""
    with transaction() as session:
        keys.retire_key(session, kid, at_once=now)
    keys.forget_private_key(_directory(), kid)


@group.command("list")
def list_keys() -> None:
    """List the keys that were published, with their state."""
    for key in fetch_all(sa.select(SigningKey).order_by(SigningKey.changed_at)):
        click.echo(f"{key.kid}\t{key.state.value}\t{key.changed_at:%Y-%m-%dT%H:%M:%SZ}")


@group.command("ensure")
def ensure_key() -> None:
    """Make a key and sign with it, if there is none."""
    with transaction() as session:
        click.echo(keys.ensure_key(session, _directory()))
