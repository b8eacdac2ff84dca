"""Commands of auth: ``flask --app services.auth.app …``. Secrets come from files or a prompt, never argv."""

import click
import sqlalchemy as sa
import svcs
from flask import Flask

from services.auth.actions.ended_before import build_handlers, suspend_sessions
from services.auth.actions.passwords import Hasher
from services.auth.actions.retention import build_rules
from services.auth.background import LOOPS, new_consumers, new_loops
from services.auth.commands import accounts, clients, institutions, keys, staff
from services.auth.models import FEED, Ending
from services.auth.settings import Settings
from services.kit.background import run_background
from services.kit.db import Sessions
from services.kit.endings.commands import build_endings_group
from services.kit.retention import build_retention_group
from services.kit.schema import migrate, require_schema


def register(app: Flask, settings: Settings, sessions: Sessions, hasher: Hasher) -> None:
    """Add the commands to an app."""
    for group in (
        accounts.group,
        keys.group,
        staff.officers,
        staff.admins,
        institutions.group,
        staff.clerks,
        clients.group,
    ):
        app.cli.add_command(group)

    rules = build_rules(sessions, settings)
    app.cli.add_command(build_retention_group(sessions, "auth", FEED, rules))
    handlers = build_handlers(hasher, settings.token_keys_dir, settings.closing_days)
    app.cli.add_command(
        build_endings_group(sessions, Ending, "auth", settings.open_endings, handlers, suspend_sessions)
    )

    @app.cli.command("migrate")
    @click.option("--down", is_flag=True, help="Go back one step, for the previous release.")
    def migrate_schema(down: bool) -> None:
        """Bring the database to this code's schema."""
        migrate(svcs.flask.get(sa.Engine), "services.auth", "-1" if down else "head")

    @app.cli.command("background")
    @click.argument("names", metavar="[LOOP]...", nargs=-1, type=click.Choice(LOOPS))
    def run_named_loops(names: tuple[str, ...]) -> None:
        """Run the named background loops, or all."""
        engine, settings = svcs.flask.get(sa.Engine, Settings)
        require_schema(engine, "services.auth")
        consumers = new_consumers(settings, sessions)
        run_background(engine, settings.broker_url, new_loops(settings, sessions), consumers, names or LOOPS)
