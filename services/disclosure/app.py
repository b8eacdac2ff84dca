"""The application: settings, database, object store, clients and routes."""

from functools import partial

import sqlalchemy as sa
import svcs
from celery import Celery
from flask import Flask
from obstore.store import ObjectStore

from services.disclosure import commands, errors, routes
from services.disclosure.actions.credentials import CredentialSigner
from services.disclosure.actions.metrics import measure_queue
from services.disclosure.clients import FactsReader, HttpFactsReader, HttpRecordsReader, RecordsReader
from services.disclosure.models import FEED, EndedSession, Ending, FeedCursor, KnownKey
from services.disclosure.routes.workers import internal
from services.disclosure.settings import Settings
from services.kit.db import Sessions, new_engine, new_sessions, ping_database
from services.kit.endings import measure_endings
from services.kit.health import add_measures
from services.kit.http.client import ServiceClient, new_jwks_fetcher
from services.kit.http.documentation import read_documentation
from services.kit.http.feed import new_feed_blueprint
from services.kit.http.server import finish_app, new_app
from services.kit.measure import measure_feeds, measure_room
from services.kit.queue import check_broker, new_celery
from services.kit.revocation import EndedSessions
from services.kit.schema import require_schema
from services.kit.settings import load_settings
from services.kit.storage import KeyFile, SealedObjects, open_store
from services.kit.tokens import KeyRing, Keys, TokenVerifier


def create_app(
    settings: Settings | None = None,
    *,
    keys: Keys | None = None,
    records: RecordsReader | None = None,
    facts: FactsReader | None = None,
    objects: ObjectStore | None = None,
) -> Flask:
    """Return the app, which needs nothing but its settings to start. Raises SettingsError."""
    settings = settings or load_settings(Settings)
    engine = new_engine(settings.database_url)
    sessions = new_sessions(engine)
    registry = svcs.Registry()
    registry.register_value(Settings, settings)
    registry.register_value(Sessions, sessions)
    registry.register_value(sa.Engine, engine, ping=ping_database)
    registry.register_value(RecordsReader, records or HttpRecordsReader(ServiceClient(settings.records_url)))
    registry.register_value(FactsReader, facts or HttpFactsReader(ServiceClient(settings.records_url)))
    letters = SealedObjects(
        objects or open_store(settings.storage_url, settings.s3), KeyFile(settings.storage_keys_file)
    )
    registry.register_value(SealedObjects, letters, ping=SealedObjects.check_store)
    registry.register_value(CredentialSigner, CredentialSigner(settings.credential_key_file))
    registry.register_value(Celery, new_celery("disclosure", settings.broker_url), ping=check_broker)
    app, api = new_app("disclosure", settings, registry, "Govah disclosure")
    api.register_blueprint(routes.blueprint)
    api.register_blueprint(routes.administration.blueprint)
    api.register_blueprint(routes.credentials.blueprint)
    app.register_blueprint(internal)
    app.register_blueprint(new_feed_blueprint(sessions, FEED))
    commands.register(app, settings, engine, letters)
    endings = partial(measure_endings, sessions, Ending, is_journaled=bool(settings.endings_url))
    feeds = partial(measure_feeds, sessions, "disclosure", FEED, FeedCursor)
    room = partial(measure_room, settings.storage_url)
    add_measures(app, feeds, endings, partial(measure_queue, sessions), room)
    ring = keys or KeyRing(sessions, KnownKey, new_jwks_fetcher(settings.auth_url))
    verifier = TokenVerifier(settings.issuer, "disclosure", ring, EndedSessions(sessions, EndedSession))
    return finish_app(app, routes.ACCESS, verifier, read_documentation(errors))


def serve() -> Flask:
    """Return the app for gunicorn. It exits on a schema that this code does not run on."""
    app = create_app()
    require_schema(svcs.Container(app.extensions["svcs_registry"]).get(sa.Engine), "services.disclosure")
    return app
