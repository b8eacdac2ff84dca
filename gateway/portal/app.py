"""All wiring of the portal, nothing else."""

from typing import Any
from urllib.parse import urlencode

import httpx
import svcs
from flask import Flask, Response, request, session
from flask_babel import get_locale
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from gateway.portal import errors, languages, pages, sessions, show, statics
from gateway.portal.api import TIMEOUT, Services
from gateway.portal.language_switch import follow_language_switch
from gateway.portal.settings import Settings
from gateway.portal.vault import Vault
from services.kit import logging, tracing
from services.kit.broker_password import find_broker_password
from services.kit.health import new_health_blueprint
from services.kit.http.access import LARGE_BODY, MULTIPART_SLACK
from services.kit.http.client import RetryingTransport, new_empty_cookie_jar
from services.kit.http.path_ids import accept_pasted_ids
from services.kit.http.server import follow_requests
from services.kit.settings import load_settings

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-src 'self'; base-uri 'none'; frame-ancestors 'self'"
    ),
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
}


def create_app(settings: Settings | None = None, http: httpx.Client | None = None) -> Flask:
    """Return the portal; tests pass settings and services of their own. Raises SettingsError."""
    settings = settings or load_settings(Settings)
    logging.configure("portal", settings.log_level)
    tracing.start("portal")
    app = Flask(__name__, static_folder=None)
    accept_pasted_ids(app)
    app.config.update(
        PUBLIC_URL=settings.public_url.rstrip("/"),
        SECRET_KEY=settings.cookie_key.get_secret_value(),
        SESSION_COOKIE_NAME="__Host-govah" if settings.is_https else "govah",
        SESSION_COOKIE_SECURE=settings.is_https,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
        # The edge terminates TLS and removes the address of the page that a form comes from.
        WTF_CSRF_SSL_STRICT=False,
        MAX_CONTENT_LENGTH=LARGE_BODY + MULTIPART_SLACK,
        PROPAGATE_EXCEPTIONS=False,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if hops := settings.trusted_hops:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    # No pings: without its store and its services the portal still has pages to show.
    registry = svcs.Registry()
    registry.register_value(Settings, settings)
    # The address of a server of its own has the password, if any.
    password = None if settings.sessions_url else find_broker_password(settings.broker_url)
    registry.register_value(Vault, Vault(settings.redis_url, password))
    registry.register_value(
        Services,
        Services(
            settings.list_service_urls(),
            http
            or httpx.Client(timeout=TIMEOUT, transport=RetryingTransport(), cookies=new_empty_cookie_jar()),
        ),
    )
    svcs.flask.init_app(app, registry=registry)
    follow_requests(app)
    languages.configure_languages(app)
    CSRFProtect(app)
    follow_language_switch(app)
    show.register_filters(app)
    app.jinja_env.globals["is_open"] = sessions.is_open
    statics.serve_statics(app)
    errors.register_handlers(app)
    for blueprint in pages.BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.register_blueprint(new_health_blueprint("portal"))
    app.context_processor(_build_context)
    app.after_request(_add_headers)
    return app


def serve() -> Flask:
    """Return the portal for gunicorn."""
    return create_app()


def _build_context() -> dict[str, Any]:
    """Return the variables of every template."""
    lang = str(get_locale())
    query = {**request.args.to_dict(), "lang": "en" if lang == "fa" else "fa"}
    return {
        "lang": lang,
        "dir": "rtl" if lang == "fa" else "ltr",
        "other_language": "?" + urlencode(query),
        "signed_in": sessions.find_session(),
        "idle": sessions.IDLE,
        "warn_before": sessions.WARN_BEFORE,
        "take_note": lambda: (session.pop("note", None), session.pop("note_count", 0)),
    }


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response
