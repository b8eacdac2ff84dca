"""Parts that the groups of commands share: errors as sentences, transactions, secrets in files."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
import svcs
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from services.auth.errors import CommandRefused, PasswordTooWeak
from services.kit.db import Sessions
from services.kit.settings import SettingsError, read_secret, read_secrets

FILE = click.Path(dir_okay=False, path_type=Path)
institution_option = click.option(
    "--institution", "institution_id", required=True, type=click.UUID, help="Its id."
)


class Group(AppGroup):
    """A group whose errors become a sentence on standard error and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (CommandRefused, SettingsError) as error:
            raise click.ClickException(str(error)) from error
        except PasswordTooWeak as error:
            raise click.ClickException(" ".join(text.en for _, text in error.fields)) from error


@contextmanager
def transaction() -> Iterator[Session]:
    """Open a session that commits at the end."""
    with svcs.flask.get(Sessions).begin() as session:
        yield session


def fetch_all(query: sa.Select[Any]) -> Sequence[Any]:
    """Return every object that a query selects."""
    with transaction() as session:
        return session.scalars(query).all()


def read_line(path: Path) -> str:
    """Return the secret in a file. Raises SettingsError."""
    return read_secret(path).get_secret_value()


def read_first_line(path: Path) -> str:
    """Return the current one of the secrets in a file, which comes first. Raises SettingsError."""
    return read_secrets(path)[0].get_secret_value()


def write_secret(path: Path, *lines: str) -> None:
    """Write a secret to a new file of mode 0600. Raises CommandRefused when the file exists."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise CommandRefused(f"{path.name} is there already; name a new file") from error
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.writelines(f"{line}\n" for line in lines)
