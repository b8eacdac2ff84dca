"""The command line of disclosure: ``flask --app services.disclosure.app <command>``."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa
import svcs
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from services.disclosure.actions.agreements import add_agreement, get_agreement, list_agreements
from services.disclosure.actions.documents import is_letter
from services.disclosure.actions.endings import HANDLERS
from services.disclosure.actions.requests import list_failed_requests, retry_request
from services.disclosure.actions.retention import build_rules
from services.disclosure.actions.snapshots import unseal_snapshots
from services.disclosure.background import LOOPS, new_consumers, new_loops
from services.disclosure.errors import NotFailed
from services.disclosure.models import FEED, Agreement, Ending
from services.disclosure.settings import Settings
from services.kit.background import run_background
from services.kit.db import Sessions, new_sessions
from services.kit.endings.commands import build_endings_group
from services.kit.problems import NotFound, Problem, Unavailable
from services.kit.retention import build_retention_group
from services.kit.schema import migrate, require_schema
from services.kit.storage import SealedObjects
from services.kit.storage.commands import build_storage_keys_group

Command = Callable[..., Any]
MOMENT = "%Y-%m-%dT%H:%M:%SZ"

agreement = AppGroup("agreement", help="Versions of the agreement that a request must name.")
requests = AppGroup("requests", help="Requests that have failed.")


def register(app: Flask, settings: Settings, engine: sa.Engine, letters: SealedObjects) -> None:
    """Add the commands to the app."""
    app.cli.add_command(agreement)
    app.cli.add_command(requests)
    app.cli.add_command(build_storage_keys_group(settings.storage_keys_file, letters, "letters", _is_letter))
    app.cli.add_command(_build_snapshots_group(engine, letters))
    sessions = new_sessions(engine)
    rules = build_rules(sessions, settings, letters.store)
    app.cli.add_command(build_retention_group(sessions, "disclosure", FEED, rules))
    app.cli.add_command(build_endings_group(sessions, Ending, "disclosure", settings.open_endings, HANDLERS))

    @app.cli.command("migrate")
    @click.option("--down", is_flag=True, help="Go back one step instead, for the previous version.")
    def migrate_schema(down: bool) -> None:
        """Bring the database to this code's schema."""
        migrate(engine, "services.disclosure", "-1" if down else "head")

    @app.cli.command("background")
    @click.argument("loops", nargs=-1, type=click.Choice(LOOPS))
    def run_loops(loops: tuple[str, ...]) -> None:
        """Run LOOPS until the process is stopped; without names, all of them."""
        require_schema(engine, "services.disclosure")
        consumers = new_consumers(settings, sessions)
        run_background(engine, settings.broker_url, new_loops(settings, sessions), consumers, loops or LOOPS)


@contextmanager
def _transaction() -> Iterator[Session]:
    """Provide a session that commits at the end. A problem becomes a sentence and exit code 1."""
    try:
        with svcs.flask.get(Sessions).begin() as session:
            yield session
    except Problem as problem:
        raise click.ClickException(problem.detail.en.format(**problem.words)) from problem


def _read_text(_context: click.Context, _option: click.Parameter, path: Path) -> str:
    try:
        text = path.read_text("utf-8").strip()
    except OSError as error:
        raise click.BadParameter(f"{path.name} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise click.BadParameter(f"{path.name} is not UTF-8 text") from error
    if not text or "\0" in text:
        raise click.BadParameter(f"{path.name} is empty, or no text")
    return text


def _file_option(language: str, name: str) -> Callable[[Command], Command]:
    return click.option(
        f"--{language}",
        f"text_{language}",
        type=click.Path(path_type=Path),
        required=True,
        callback=_read_text,
        help=f"File with the {name} text, in UTF-8.",
    )


def _format_version(version: Agreement) -> str:
    return f"{version.version}\t{version.published_at.strftime(MOMENT)}\t{version.sha256}"


@agreement.command("list")
def list_versions() -> None:
    """List all versions with time and hash, the current one last."""
    with _transaction() as session:
        for version in list_agreements(session):
            click.echo(_format_version(version))


@agreement.command("current")
def show_current() -> None:
    """Show the version that requests must name, with its texts."""
    with _transaction() as session:
        current = get_agreement(session)
    click.echo(f"{_format_version(current)}\n\n{current.text_fa}\n\n{current.text_en}")


@agreement.command("add")
@_file_option("fa", "Persian")
@_file_option("en", "English")
def add_version(text_fa: str, text_en: str) -> None:
    """Publish the texts of two files as the next version, current from now on, and print its number.

    A published version can be neither changed nor removed.
    """
    with _transaction() as session:
        click.echo(add_agreement(session, text_fa, text_en).version)


@requests.command("failed")
def list_failed() -> None:
    """List failed requests, oldest first: id, code, when they were queued, tries."""
    with _transaction() as session:
        for request in list_failed_requests(session):
            queued_at = request.queued_at.strftime(MOMENT)
            click.echo(f"{request.id}\t{request.failure_code}\t{queued_at}\t{request.tries}")


@requests.command("retry")
@click.argument("disclosure_id", type=click.UUID, required=False)
@click.option("--all", "every", is_flag=True, help="All failed requests.")
def retry_failed(disclosure_id: uuid.UUID | None, *, every: bool) -> None:
    """Queue a failed request again, or all of them, and print how many."""
    if every == (disclosure_id is not None):
        raise click.UsageError("give the id of one request, or --all")
    if disclosure_id:
        with _transaction() as session:
            try:
                retry_request(session, disclosure_id, None)
            except NotFound as error:
                raise click.ClickException(f"there is no request {disclosure_id}") from error
        click.echo(1)
    else:
        click.echo(_retry_all())


def _retry_all() -> int:
    with _transaction() as session:
        failed = [request.id for request in list_failed_requests(session)]
    retried = 0
    for disclosure_id in failed:
        with _transaction() as session:
            try:
                retry_request(session, disclosure_id, None)
            except NotFailed:
                # Its owner has retried it in the meantime.
                continue
        retried += 1
    return retried


def _build_snapshots_group(engine: sa.Engine, objects: SealedObjects) -> click.Group:
    group = AppGroup("snapshots", help="The snapshots of ready letters, sealed in the object store.")

    @group.command("unseal")
    def unseal_all() -> None:
        """Put all snapshots back into the database, for an older version, and print how many.

        Stop the loop seal-snapshots first. The command can be stopped and run again at any time.
        """
        try:
            click.echo(unseal_snapshots(new_sessions(engine), objects))
        except Unavailable as error:
            raise click.ClickException(
                "a snapshot cannot be read from the object store; see the log"
            ) from error

    return group


def _is_letter(object_key: str, content: bytes) -> bool:
    """Return whether these are the bytes of a plain letter, as 0.1.0 stored them."""
    with _transaction() as session:
        return is_letter(session, object_key, content)
