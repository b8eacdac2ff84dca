"""The wiring of records."""

from functools import partial

import sqlalchemy as sa
import svcs
from flask import Flask
from obstore.store import ObjectStore

from services.kit.db import Sessions, new_engine, new_sessions, ping_database
from services.kit.endings import measure_endings
from services.kit.health import add_measures
from services.kit.http.client import new_jwks_fetcher
from services.kit.http.documentation import read_documentation
from services.kit.http.feed import new_feed_blueprint
from services.kit.http.server import finish_app, new_app
from services.kit.measure import measure_feeds, measure_room
from services.kit.revocation import EndedSessions
from services.kit.schema import require_schema
from services.kit.settings import load_settings
from services.kit.storage import KeyFile, SealedObjects, open_store
from services.kit.tokens import KeyRing, Keys, TokenVerifier
from services.records import commands, errors, routes
from services.records.actions.metrics import measure_imports
from services.records.models import FEED, EndedSession, Ending, FeedCursor, KnownKey
from services.records.settings import Settings


def create_app(
    settings: Settings | None = None, *, keys: Keys | None = None, objects: ObjectStore | None = None
) -> Flask:
    """Return the app of records; tests pass their own settings, keys and object store."""
    settings = settings or load_settings(Settings)
    engine = new_engine(settings.database_url)
    sessions = new_sessions(engine)
    registry = svcs.Registry()
    registry.register_value(sa.Engine, engine, ping=ping_database, on_registry_close=engine.dispose)
    registry.register_value(Settings, settings)
    registry.register_value(Sessions, sessions)
    objects = objects or open_store(settings.storage_url, settings.s3)
    files = SealedObjects(objects, KeyFile(settings.storage_keys_file))
    registry.register_value(SealedObjects, files, ping=SealedObjects.check_store)
    app, api = new_app("records", settings, registry, "Govah records")
    for blueprint in routes.BLUEPRINTS:
        api.register_blueprint(blueprint)
    app.register_blueprint(routes.INTERNAL)
    app.register_blueprint(new_feed_blueprint(sessions, FEED))
    commands.register(app, engine, settings, files)
    endings = partial(measure_endings, sessions, Ending, is_journaled=bool(settings.endings_url))
    feeds = partial(measure_feeds, sessions, "records", FEED, FeedCursor)
    imports = partial(measure_imports, sessions)
    add_measures(app, feeds, endings, imports, partial(measure_room, settings.storage_url))
    keys = keys or KeyRing(sessions, KnownKey, new_jwks_fetcher(settings.auth_url))
    verifier = TokenVerifier(settings.issuer, "records", keys, EndedSessions(sessions, EndedSession))
    return finish_app(app, routes.ACCESS, verifier, read_documentation(errors))


def serve() -> Flask:
    """Return the app for gunicorn, if the database has the schema of this code."""
    app = create_app()
    with app.app_context():
        require_schema(svcs.flask.get(sa.Engine), "services.records")
    return app
