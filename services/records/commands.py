"""Commands of records: ``flask --app services.records.app <command>``."""

import uuid

import click
import sqlalchemy as sa
import svcs
from flask import Flask
from flask.cli import AppGroup

from services.kit.background import run_background
from services.kit.db import Sessions, new_sessions
from services.kit.endings.commands import build_endings_group
from services.kit.national_code import parse_national_code
from services.kit.retention import build_retention_group
from services.kit.schema import migrate, require_schema
from services.kit.storage import SealedObjects
from services.kit.storage.commands import build_storage_keys_group
from services.records.actions.people import forget_own_record, name_own_record
from services.records.actions.retention import build_rules
from services.records.actions.years import (
    BATCH,
    YearUnsuitable,
    close_year,
    list_years,
    move_all_contributions,
)
from services.records.background import LOOPS, new_consumers, new_loops
from services.records.errors import NationalCodeUnknown
from services.records.models import FEED, Ending
from services.records.proposals.endings import HANDLERS
from services.records.settings import Settings

officers = AppGroup("officers", help="Officers' own records.")


@officers.command("name-record")
@click.argument("officer_id", type=click.UUID)
@click.option(
    "--national-code", prompt=True, hide_input=True, help="Prompted for if missing, which is safer."
)
def name_record(officer_id: uuid.UUID, national_code: str) -> None:
    """Prevent an officer from deciding about their own record."""
    try:
        with svcs.flask.get(Sessions).begin() as session:
            name_own_record(session, str(officer_id), parse_national_code(national_code))
    except (NationalCodeUnknown, ValueError) as error:
        raise click.ClickException("no person in the records has this national code; check it") from error


@officers.command("forget-record")
@click.argument("officer_id", type=click.UUID)
def forget_record(officer_id: uuid.UUID) -> None:
    """Forget whose record is an officer's own."""
    with svcs.flask.get(Sessions).begin() as session:
        was_known = forget_own_record(session, str(officer_id))
    if not was_known:
        raise click.ClickException("no record is named for this officer; check auth's list of officers")


years = AppGroup("years", help="The years of contributions on PostgreSQL.")


@years.command("list")
def list_all_years() -> None:
    """List the years with their rows (estimated), their size, and whether they are closed."""
    for year in list_years(svcs.flask.get(sa.Engine)):
        state = "closed" if year.is_closed else "open"
        click.echo(f"{year.year}  {year.rows:>13,} rows  {year.size / 2**20:>11,.1f} MiB  {state}")


@years.command("move")
def move_to_years() -> None:
    """Move all rows of the version before to their years, beside everything else."""
    moved = 0
    for moved in move_all_contributions(svcs.flask.get(Sessions)):
        if moved % (100 * BATCH) == 0:
            click.echo(f"{moved:,} rows moved")
    click.echo(f"{moved:,} rows moved, none is left")


@years.command("close")
@click.argument("year", type=int)
def close(year: int) -> None:
    """Order a YEAR that has ended by person, beside everything else."""
    try:
        seconds = close_year(svcs.flask.get(sa.Engine), svcs.flask.get(Sessions), year)
    except YearUnsuitable as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{year} is closed ({seconds:.1f} s)")


def register(app: Flask, engine: sa.Engine, settings: Settings, files: SealedObjects) -> None:
    """Add the commands to an app."""
    app.cli.add_command(officers)
    app.cli.add_command(years)
    app.cli.add_command(build_storage_keys_group(settings.storage_keys_file, files, "files", _is_plain_file))

    sessions = new_sessions(engine)
    rules = build_rules(sessions, settings)
    app.cli.add_command(build_retention_group(sessions, "records", FEED, rules))
    app.cli.add_command(build_endings_group(sessions, Ending, "records", settings.open_endings, HANDLERS))

    @app.cli.command("migrate")
    @click.option("--down", is_flag=True, help="Go back one step instead, for the version before.")
    def migrate_schema(down: bool) -> None:
        """Bring the database to this code's schema."""
        migrate(engine, "services.records", "-1" if down else "head")

    @app.cli.command("background")
    @click.argument("names", metavar="[LOOP]...", nargs=-1, type=click.Choice(LOOPS))
    def run_named_loops(names: tuple[str, ...]) -> None:
        """Run the named background loops, or all."""
        require_schema(engine, "services.records")
        consumers = new_consumers(settings, sessions)
        run_background(engine, settings.broker_url, new_loops(settings, sessions), consumers, names or LOOPS)


def _is_plain_file(_key: str, _content: bytes) -> bool:
    """Return False: no version of records has stored a file that was not sealed."""
    return False
