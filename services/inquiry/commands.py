"""Commands of inquiry: ``flask --app services.inquiry.app <command>``."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click
import sqlalchemy as sa
from flask import Flask
from obstore.store import ObjectStore

from services.inquiry.actions import peppers
from services.inquiry.actions.endings import build_handlers, suspend_permits
from services.inquiry.actions.permits import revoke_generation
from services.inquiry.actions.retention import build_rules
from services.inquiry.background import LOOPS, new_consumers, new_loops
from services.inquiry.models import FEED, Ending
from services.inquiry.settings import Settings
from services.inquiry.store import list_running_permits
from services.kit.background import run_background
from services.kit.db import Sessions, new_sessions
from services.kit.endings import add_ending
from services.kit.endings.commands import build_endings_group
from services.kit.retention import build_retention_group
from services.kit.schema import migrate, require_schema


def register(app: Flask, engine: sa.Engine, objects: ObjectStore, settings: Settings) -> None:
    """Add the commands to an app."""
    sessions = new_sessions(engine)

    @app.cli.command("migrate")
    @click.option("--down", is_flag=True, help="Go back one step, for the previous version.")
    def migrate_schema(down: bool) -> None:
        """Migrate the database to this code's schema."""
        migrate(engine, "services.inquiry", "-1" if down else "head")

    @app.cli.command("background")
    @click.argument("names", metavar="[LOOP]...", nargs=-1, type=click.Choice(LOOPS))
    def run_loops(names: tuple[str, ...]) -> None:
        """Run the named background loops, or all."""
        require_schema(engine, "services.inquiry")
        loops = new_loops(settings, sessions, objects)
        run_background(engine, settings.broker_url, loops, new_consumers(settings, sessions), names or LOOPS)

    rules = build_rules(sessions, settings)
    app.cli.add_command(build_retention_group(sessions, "inquiry", FEED, rules))
    app.cli.add_command(
        build_endings_group(
            sessions,
            Ending,
            "inquiry",
            settings.open_endings,
            build_handlers(settings.peppers_dir),
            suspend_permits,
        )
    )
    app.cli.add_command(_build_peppers_group(sessions, settings.peppers_dir))


def _build_peppers_group(sessions: Sessions, directory: Path) -> click.Group:
    @click.group("peppers")
    def group() -> None:
        """Manage the secrets outside the database under which permits are sealed."""

    @group.command("ensure")
    def ensure_peppers() -> None:
        """Create the peppers that are missing. Existing peppers do not change."""
        with _report_errors():
            peppers.ensure_peppers(directory)

    @group.command("rotate")
    def rotate_peppers() -> None:
        """Create a new generation, which seals new permits."""
        with _report_errors():
            click.echo(f"new permits are sealed under generation {peppers.rotate_peppers(directory)}")

    @group.command("list")
    def list_generations() -> None:
        """Show the live generations, and how many permits need each of them."""
        with sessions.begin() as session:
            for generation in peppers.list_generations(directory):
                permits = list_running_permits(session, generation)
                last = max((permit.expires_at.isoformat() for permit in permits), default="-")
                click.echo(f"generation {generation}: {_count(permits)}, the last until {last}")

    @group.command("destroy")
    @click.argument("generation", type=int)
    @click.option("--revoke-permits", is_flag=True, help="Revoke the permits that need the generation.")
    def destroy_generation(generation: int, revoke_permits: bool) -> None:
        """Destroy a generation permanently."""
        with _report_errors(), sessions.begin() as session:
            if revoke_permits:
                revoke_generation(session, generation)
            elif needed_by := list_running_permits(session, generation):
                raise click.ClickException(
                    f"{_count(needed_by)} still in use; wait for the end or add --revoke-permits"
                )
            add_ending(session, Ending, "pepper.destroyed", generation=generation)
            peppers.destroy_generation(directory, generation)

    return group


def _count(permits: Sequence[object]) -> str:
    return "1 permit" if len(permits) == 1 else f"{len(permits)} permits"


@contextmanager
def _report_errors() -> Iterator[None]:
    try:
        yield
    except peppers.PeppersUnusable as error:
        raise click.ClickException(str(error)) from error
