"""The Flask app every service starts from: request ids, closed routes, one problem shape, OpenAPI 3.1.

`create_app` of a service calls `new_app`, registers its blueprints on the returned `Api`, then `finish`.
"""

import json
import logging as stdlib_logging
import time
from collections.abc import Mapping
from typing import Any

import structlog
import svcs
from flask import Flask, Response, g, request
from flask_smorest import Api, Blueprint
from sqlalchemy.exc import DBAPIError, OperationalError
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix

from services.kit import logging, problems
from services.kit.health import health_blueprint, observe
from services.kit.http.access import ANYONE, Rule, close_routes
from services.kit.http.idempotency import Replay
from services.kit.http.validation import MAX_ERRORS, flatten
from services.kit.settings import CommonSettings
from services.kit.tokens import TokenVerifier

log = structlog.get_logger()

_BY_STATUS: dict[int, type[problems.Problem]] = {
    problem.status: problem
    for problem in (
        problems.BadRequest,
        problems.NotFound,
        problems.MethodNotAllowed,
        problems.UnsupportedMediaType,
    )
}


class GovahApi(Api):  # type: ignore[misc]  # flask-smorest is untyped
    """flask-smorest's Api that answers errors as problem documents."""

    def handle_http_exception(self, error: HTTPException) -> Response:
        return problem_response(_as_problem(error))


class ProblemSchemaDocs:
    """Where generated documents point for error replies."""

    SCHEMA: Mapping[str, Any] = {
        "type": "object",
        "required": ["type", "title", "status", "detail", "code", "request_id"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "code": {"type": "string"},
            "request_id": {"type": "string"},
            "errors": {"type": "array", "items": {"type": "object"}},
        },
    }


def new_app(
    name: str, settings: CommonSettings, registry: svcs.Registry, title: str
) -> tuple[Flask, GovahApi]:
    """An app with error handling, request ids, health routes and the OpenAPI document, still without routes.

    `name` is the service's short name; the document is served at ``/api/v1/<name>/openapi.json``.
    """
    logging.configure(name, settings.log_level)
    app = Flask(f"services.{name}")
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # DefaultJSONProvider has it
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.config.update(
        API_TITLE=title,
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=f"/api/v1/{name}",
        OPENAPI_JSON_PATH="openapi.json",
        PROPAGATE_EXCEPTIONS=False,
    )
    svcs.flask.init_app(app, registry=registry)
    if settings.trusted_hops:
        hops = settings.trusted_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    # Before the Api exists, so that even its own routes carry request ids.
    _follow_requests(app)
    api = GovahApi(app)
    _answer_errors(app)
    app.register_blueprint(health_blueprint(name))
    return app, api


def finish(app: Flask, access: Mapping[str, Rule], verifier: TokenVerifier) -> Flask:
    """Close the routes by the service's table; the kit's own routes are added to it."""
    kit_routes = {
        "health.healthz": ANYONE,
        "health.readyz": ANYONE,
        "health.metrics": ANYONE,
        "api-docs.openapi_json": ANYONE,
    }
    close_routes(app, {**access, **kit_routes}, verifier)
    return app


def _follow_requests(app: Flask) -> None:
    @app.before_request
    def start() -> None:
        g.started = time.perf_counter()
        logging.bind_request_id(logging.accept_request_id(request.headers.get("X-Request-ID")))

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-ID"] = logging.current_request_id()
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["X-Content-Type-Options"] = "nosniff"
        seconds = time.perf_counter() - g.started
        observe(request.method, request.endpoint or "unknown", response.status_code, seconds)
        # The endpoint, never the path: some paths carry a token.
        log.info(
            "request",
            method=request.method,
            endpoint=request.endpoint,
            status=response.status_code,
            ms=round(seconds * 1000, 1),
            subject=_subject(),
        )
        return response


def _subject() -> str | None:
    principal = g.get("principal")
    return principal.subject if principal else None


def _answer_errors(app: Flask) -> None:
    @app.errorhandler(problems.Problem)
    def on_problem(problem: problems.Problem) -> Response:
        return problem_response(problem)

    @app.errorhandler(Replay)
    def on_replay(replay: Replay) -> Response:
        return Response(
            json.dumps(replay.body, ensure_ascii=False), replay.status, mimetype="application/json"
        )

    @app.errorhandler(OperationalError)
    def on_database_away(error: OperationalError) -> Response:
        log.error("database.away", reason=type(error.orig).__name__)
        return problem_response(problems.Unavailable())

    @app.errorhandler(Exception)
    def on_bug(error: Exception) -> Response:
        # A statement's parameters may be personal: a database error is named, its text is not written.
        if isinstance(error, DBAPIError):
            log.error("request.failed", reason=type(error.orig).__name__)
        else:
            stdlib_logging.getLogger(__name__).error("request.failed", exc_info=error)
        return problem_response(problems.Problem())


def _as_problem(error: HTTPException) -> problems.Problem:
    if error.code == 413:
        limit = (request.max_content_length or 0) // 1024
        return problems.BodyTooLarge(limit=f"{limit // 1024} MiB" if limit >= 1024 else f"{limit} KiB")
    if error.code == 422:
        messages = getattr(error, "data", {}).get("messages", {})
        # webargs wraps the messages in the place they came from: json, query, files …
        fields = [field for place in messages.values() for field in flatten(place)]
        return problems.ValidationFailed(*fields[:MAX_ERRORS])
    if error.code == 400 and request.mimetype == "application/json":
        return problems.MalformedJson()
    return _BY_STATUS.get(error.code or 500, problems.Problem)()


def problem_response(problem: problems.Problem) -> Response:
    """The problem document in the caller's language."""
    language = problems.choose_language(request.accept_languages)
    body = problem.document(language, logging.current_request_id())
    response = Response(json.dumps(body, ensure_ascii=False), problem.status, problem.headers())
    response.headers["Content-Language"] = language
    if isinstance(problem, problems.MethodNotAllowed) and request.url_rule is None:
        response.headers.pop("Allow", None)
    return response


__all__ = ["Blueprint", "GovahApi", "finish", "new_app", "problem_response"]
