"""All wiring of auth, nothing else."""

from functools import partial

import sqlalchemy as sa
import svcs
from flask import Flask

from services.auth import commands, errors, routes
from services.auth.actions.endings import OwnEndings
from services.auth.actions.keys import OwnKeys
from services.auth.actions.message_metrics import measure_messages
from services.auth.actions.passwords import Hasher
from services.auth.actions.tokens import Signer
from services.auth.clients import HttpPersonMatcher, PersonMatcher
from services.auth.models import FEED, Ending, FeedCursor
from services.auth.own_tokens import OwnTokens
from services.auth.settings import Pepper, Settings
from services.kit.db import Sessions, new_engine, new_sessions, ping_database
from services.kit.endings import measure_endings
from services.kit.health import add_measures
from services.kit.http.client import ServiceClient
from services.kit.http.documentation import read_documentation
from services.kit.http.feed import new_feed_blueprint
from services.kit.http.server import finish_app, new_app
from services.kit.measure import measure_feeds
from services.kit.schema import require_schema
from services.kit.settings import load_settings
from services.kit.tokens import TokenVerifier

# The audience of a clerk's token is only inquiry, and a clerk signs out here too.
AUDIENCES = ("auth", "inquiry")


def create_app(
    settings: Settings | None = None, *, hasher: Hasher | None = None, people: PersonMatcher | None = None
) -> Flask:
    """Return the app of auth; tests pass settings, a quick hasher and people. Raises SettingsError."""
    settings = settings or load_settings(Settings)
    engine = new_engine(settings.database_url)
    sessions = new_sessions(engine)
    registry = svcs.Registry()
    registry.register_value(Settings, settings)
    registry.register_value(Pepper, settings.pepper)
    registry.register_value(sa.Engine, engine, ping=ping_database)
    registry.register_value(Sessions, sessions)
    hasher = hasher or Hasher()
    registry.register_value(Hasher, hasher)
    is_required = settings.admin_second_factor == "required"
    signer = Signer(settings.token_keys_dir, settings.issuer, is_second_factor_required=is_required)
    registry.register_value(Signer, signer)
    records = HttpPersonMatcher(ServiceClient(settings.records_url), OwnTokens(sessions, signer))
    registry.register_value(PersonMatcher, people or records)
    app, api = new_app("auth", settings, registry, "Govah auth")
    api.security_schemes["basic"] = {"type": "http", "scheme": "basic"}
    for blueprint in routes.BLUEPRINTS:
        api.register_blueprint(blueprint)
    app.register_blueprint(new_feed_blueprint(sessions, FEED))
    commands.register(app, settings, sessions, hasher)
    add_measures(
        app,
        partial(measure_feeds, sessions, "auth", FEED, FeedCursor),
        partial(measure_endings, sessions, Ending, is_journaled=bool(settings.endings_url)),
        partial(measure_messages, sessions),
    )
    verifier = TokenVerifier(settings.issuer, AUDIENCES, OwnKeys(sessions), OwnEndings(sessions))
    return finish_app(app, routes.ACCESS, verifier, read_documentation(errors))


def serve() -> Flask:
    """Return the app for gunicorn. Raises an error if the database has another schema."""
    app = create_app()
    with app.app_context():
        require_schema(svcs.flask.get(sa.Engine), "services.auth")
    return app
