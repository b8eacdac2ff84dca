"""Commands of records: ``flask --app services.records.app <command>``."""

import click
import sqlalchemy as sa
from flask import Flask

from services.kit.db import migrate, new_sessions
from services.kit.loops import run
from services.kit.queue import new_celery
from services.records.background import relay_loop
from services.records.settings import Settings


def register(app: Flask, engine: sa.Engine, settings: Settings) -> None:
    """Add the commands to an app."""

    @app.cli.command("migrate")
    def migrate_schema() -> None:
        """Bring the database to this code's schema."""
        migrate(engine, "services.records")

    @app.cli.command("background")
    @click.argument("names", metavar="[LOOP]...", nargs=-1, type=click.Choice(["relay"]))
    def background(names: tuple[str, ...]) -> None:
        """Run the background loops named, or all."""
        loops = [relay_loop(new_sessions(engine), new_celery("records", settings.broker_url))]
        run([loop for loop in loops if not names or loop.name in names])
