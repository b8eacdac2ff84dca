"""The command line of disclosure: ``flask --app services.disclosure.app <command>``."""

import click
import sqlalchemy as sa
from flask import Flask

from services.disclosure import background
from services.disclosure.settings import Settings
from services.kit.db import migrate


def register(app: Flask, settings: Settings, engine: sa.Engine) -> None:
    """Put the commands on the app."""

    @app.cli.command("migrate")
    def migrate_database() -> None:
        """Bring the database to this code's schema."""
        migrate(engine, "services.disclosure")

    @app.cli.command("background")
    @click.argument("loops", nargs=-1, type=click.Choice(background.NAMES))
    def run_background(loops: tuple[str, ...]) -> None:
        """Run LOOPS until told to stop; all of them without names."""
        background.run(settings, engine, loops or background.NAMES)
