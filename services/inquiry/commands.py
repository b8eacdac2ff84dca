"""Commands of inquiry: ``flask --app services.inquiry.app <command>``."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import sqlalchemy as sa
from flask import Flask
from obstore.store import ObjectStore

from services.inquiry.actions import peppers
from services.inquiry.actions.permits import revoke_generation
from services.inquiry.background import LOOPS, new_consumers, new_loops
from services.inquiry.settings import Settings
from services.inquiry.store import running_permits
from services.kit.background import run_background
from services.kit.db import Sessions, new_sessions
from services.kit.schema import demand_schema, migrate


def register(app: Flask, engine: sa.Engine, objects: ObjectStore, settings: Settings) -> None:
    """Add the commands to an app."""

    @app.cli.command("migrate")
    @click.option("--down", is_flag=True, help="Go back one step instead, for the version before.")
    def migrate_schema(down: bool) -> None:
        """Bring the database to this code's schema."""
        migrate(engine, "services.inquiry", "-1" if down else "head")

    @app.cli.command("background")
    @click.argument("names", metavar="[LOOP]...", nargs=-1, type=click.Choice(LOOPS))
    def background(names: tuple[str, ...]) -> None:
        """Run the background loops named, or all."""
        demand_schema(engine, "services.inquiry")
        sessions = new_sessions(engine)
        loops = new_loops(settings, sessions, objects)
        run_background(settings.broker_url, loops, new_consumers(settings, sessions), names or LOOPS)

    app.cli.add_command(_peppers_group(new_sessions(engine), settings.peppers_dir))


def _peppers_group(sessions: Sessions, directory: Path) -> click.Group:
    @click.group("peppers")
    def group() -> None:
        """The secrets, outside the database, under which permits are sealed."""

    @group.command("ensure")
    def ensure() -> None:
        """Make what is missing; what is there stays."""
        with _said_plainly():
            peppers.ensure_peppers(directory)

    @group.command("rotate")
    def rotate() -> None:
        """Make a new generation for the permits to come."""
        with _said_plainly():
            click.echo(f"new permits are sealed under generation {peppers.rotate_peppers(directory)}")

    @group.command("list")
    def show() -> None:
        """Show the live generations and how many permits each still serves."""
        with sessions.begin() as session:
            for generation in peppers.live_generations(directory):
                permits = running_permits(session, generation)
                last = max((permit.expires_at.isoformat() for permit in permits), default="-")
                click.echo(f"generation {generation}: {len(permits)} permits, the last until {last}")

    @group.command("destroy")
    @click.argument("generation", type=int)
    @click.option(
        "--revoke-permits", is_flag=True, help="Revoke the permits that the generation still serves."
    )
    def destroy(generation: int, revoke_permits: bool) -> None:
        """Destroy a generation for ever."""
        with _said_plainly(), sessions.begin() as session:
            if revoke_permits:
                revoke_generation(session, generation)
            elif served := len(running_permits(session, generation)):
                raise click.ClickException(f"{served} permits need it; wait for them or add --revoke-permits")
            peppers.destroy_generation(directory, generation)

    return group


@contextmanager
def _said_plainly() -> Iterator[None]:
    try:
        yield
    except peppers.PeppersUnusable as error:
        raise click.ClickException(str(error)) from error
