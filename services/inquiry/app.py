"""Assembles the inquiry service. At start-up it calls no other service."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path

import sqlalchemy as sa
import structlog
import svcs
from flask import Flask
from obstore.store import ObjectStore

from govah_verify.trust import TrustUnusable, list_expiry_warnings, list_test_warnings, load_trust
from services.inquiry import commands, errors, routes
from services.inquiry.actions.alarms import Threshold
from services.inquiry.actions.metrics import measure_failures
from services.inquiry.actions.peppers import Peppers, PeppersUnusable, load_peppers
from services.inquiry.actions.public_keys import list_key_set_warnings
from services.inquiry.actions.stretching import Stretcher
from services.inquiry.clients import HttpLetterReader, LetterReader
from services.inquiry.models import FEED, EndedSession, Ending, FeedCursor, KnownKey
from services.inquiry.settings import Settings
from services.kit import storage
from services.kit.db import Sessions, new_engine, new_sessions, ping_database
from services.kit.endings import measure_endings
from services.kit.health import add_measures, add_warnings
from services.kit.http.client import ServiceClient, new_jwks_fetcher
from services.kit.http.documentation import read_documentation
from services.kit.http.feed import new_feed_blueprint
from services.kit.http.server import finish_app, new_app
from services.kit.measure import measure_feeds, measure_room
from services.kit.metrics import CERTIFICATE_EXPIRES
from services.kit.problems import Unavailable
from services.kit.revocation import EndedSessions
from services.kit.schema import require_schema
from services.kit.settings import load_settings
from services.kit.tokens import KeyRing, Keys, TokenVerifier

log = structlog.get_logger()


def create_app(
    settings: Settings | None = None,
    *,
    keys: Keys | None = None,
    letters: LetterReader | None = None,
    stretcher: Stretcher | None = None,
) -> Flask:
    """Return the assembled service. Tests pass its ports as keyword arguments."""
    settings = settings or load_settings(Settings)
    engine = new_engine(settings.database_url)
    sessions = new_sessions(engine)
    objects = storage.open_store(settings.storage_url, settings.s3)
    registry = svcs.Registry()
    registry.register_value(Sessions, sessions)
    registry.register_value(Settings, settings)
    registry.register_value(sa.Engine, engine, ping=ping_database)
    registry.register_value(ObjectStore, objects, ping=storage.check_store)
    # Read for every use, so a rotation needs no restart and /readyz reports a missing directory.
    registry.register_factory(Peppers, partial(_load_peppers, settings.peppers_dir), ping=lambda _: None)
    registry.register_value(Stretcher, stretcher or Stretcher(settings.argon2_at_once))
    letters = letters or HttpLetterReader(ServiceClient(settings.disclosure_url))
    registry.register_value(LetterReader, letters)
    app, api = new_app("inquiry", settings, registry, "Govah inquiry")
    api.register_blueprint(routes.blueprint)
    app.register_blueprint(new_feed_blueprint(sessions, FEED))
    commands.register(app, engine, objects, settings)
    threshold = Threshold(settings.institution_alarm_failures, settings.institution_alarm_share)
    add_measures(
        app,
        partial(measure_feeds, sessions, "inquiry", FEED, FeedCursor),
        partial(measure_endings, sessions, Ending, is_journaled=bool(settings.endings_url)),
        partial(measure_failures, sessions, settings.alarm_failures, threshold),
        partial(measure_room, settings.storage_url),
    )
    warnings: list[Callable[[], Iterable[str]]] = [partial(list_key_set_warnings, settings)]
    if settings.letter_trust_file:
        warnings.append(partial(list_expiry_warnings, settings.letter_trust_file))
        if not settings.test_mode:
            warnings.append(partial(list_test_warnings, settings.letter_trust_file))
        _publish_certificate_expiry(settings.letter_trust_file)
    add_warnings(app, *warnings)
    keys = keys or KeyRing(sessions, KnownKey, new_jwks_fetcher(settings.auth_url))
    verifier = TokenVerifier(settings.issuer, "inquiry", keys, EndedSessions(sessions, EndedSession))
    return finish_app(app, routes.ACCESS, verifier, read_documentation(errors))


def _publish_certificate_expiry(trust_file: Path) -> None:
    # PDF workers publish it too, but none runs with an expired certificate.
    with suppress(TrustUnusable):
        current = load_trust(trust_file).signer
        CERTIFICATE_EXPIRES.labels("signing").set(current.not_valid_after_utc.timestamp())


def _load_peppers(directory: Path) -> Peppers:
    try:
        return load_peppers(directory)
    except PeppersUnusable as error:
        log.error("peppers.unusable", reason=str(error))  # noqa: TRY400 -- the sentence says it all
        raise Unavailable from error


def serve() -> Flask:
    """Return the app for gunicorn. Stops the process on a schema that this code cannot use."""
    app = create_app()
    with app.app_context():
        require_schema(svcs.flask.get(sa.Engine), "services.inquiry")
    return app
