"""Commands of auth: ``flask --app services.auth.app …``. Secrets come from files or a prompt, never argv."""

import click
import sqlalchemy as sa
import svcs
from flask import Flask

from services.auth.background import LOOPS, new_loops
from services.auth.commands import clients, institutions, keys, staff
from services.auth.settings import Settings
from services.kit.db import migrate, new_sessions
from services.kit.loops import run


def register(app: Flask) -> None:
    """Add the commands to an app."""
    for group in (keys.group, staff.officers, institutions.group, staff.clerks, clients.group):
        app.cli.add_command(group)

    @app.cli.command("migrate")
    def migrate_schema() -> None:
        """Bring the database to this code's schema."""
        migrate(svcs.flask.get(sa.Engine), "services.auth")

    @app.cli.command("background")
    @click.argument("names", metavar="[LOOP]...", nargs=-1, type=click.Choice(LOOPS))
    def background(names: tuple[str, ...]) -> None:
        """Run the background loops named, or all."""
        loops, listeners = new_loops(svcs.flask.get(Settings), new_sessions(svcs.flask.get(sa.Engine)))
        run([loop for loop in loops if not names or loop.name in names], listeners)
