"""The Flask app every service starts from: request ids, closed routes, one problem shape, OpenAPI 3.1.

`create_app` of a service calls `new_app`, registers its blueprints on the returned `Api`, then `finish_app`.
"""

import json
import threading
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from functools import cache
from typing import Any, cast

import marshmallow as ma
import structlog
import svcs
from flask import Flask, Response, g, jsonify, request
from flask_smorest import Api
from gunicorn.http.errors import NoMoreData, ParseException
from obstore.exceptions import BaseError as StorageError
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import MethodNotAllowed as WrongMethod
from werkzeug.middleware.proxy_fix import ProxyFix

from services.kit import logging, problems, tracing
from services.kit.health import PROBLEMS, count_request, new_health_blueprint
from services.kit.http.access import ANYONE, Rule, close_routes
from services.kit.http.body import Blueprint
from services.kit.http.conventions import Json
from services.kit.http.documentation import OperationDocumentation
from services.kit.http.idempotency import is_idempotent
from services.kit.http.openapi import complete_document, describe_constant
from services.kit.http.path_ids import accept_pasted_ids
from services.kit.idempotency import Replay
from services.kit.settings import CommonSettings
from services.kit.tokens import TokenVerifier
from services.kit.validation import MAX_ERRORS, flatten_errors

log = structlog.get_logger()

# Labels of a metric must not be made up by callers: each new one would stay in memory.
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})

_BY_STATUS: dict[int, type[problems.Problem]] = {
    problem.status: problem
    for problem in (
        problems.BadRequest,
        problems.NotFound,
        problems.MethodNotAllowed,
        problems.UnsupportedMediaType,
    )
}


class FieldErrorSchema(ma.Schema):
    """One wrong field, as documented."""

    field = ma.fields.String(required=True)
    message = ma.fields.String(required=True)


class ProblemSchema(ma.Schema):
    """The problem document, as documented; some problems have more members."""

    class Meta:
        unknown = ma.INCLUDE

    type = ma.fields.String(required=True)
    title = ma.fields.String(required=True)
    status = ma.fields.Integer(required=True)
    detail = ma.fields.String(required=True)
    code = ma.fields.String(required=True)
    request_id = ma.fields.String(required=True)
    errors = ma.fields.List(ma.fields.Nested(FieldErrorSchema))


class GovahApi(Api):  # type: ignore[misc]  # flask-smorest is untyped
    """flask-smorest's Api that answers errors as problem documents and makes its document when it is read."""

    ERROR_SCHEMA = ProblemSchema

    def __init__(self, app: Flask) -> None:
        self.security_schemes: dict[str, Json] = {}
        self._blueprints: list[Blueprint] = []
        self._building = threading.Lock()
        super().__init__(app)

    def _init_spec(self, **_options: Any) -> None:
        """Leave it to `describe_routes`: it takes longer than all of the app, and few programs need it."""

    def _openapi_json(self) -> Response:
        with self._building:
            return jsonify(self._app.extensions["openapi"]())

    def handle_http_exception(self, error: HTTPException) -> Response:
        response = build_problem_response(_convert_to_problem(error))
        if isinstance(error, WrongMethod):
            response.allow.update(error.valid_methods or ())
        return response

    def register_blueprint(self, blueprint: Blueprint) -> None:
        """Register routes. Raises TypeError for a blueprint whose arguments are read less strictly."""
        if not isinstance(blueprint, Blueprint):
            raise TypeError("use the Blueprint of services.kit.http.server")
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blueprint.name] = self
        self._app.register_blueprint(blueprint)
        self._blueprints.append(blueprint)

    def describe_routes(self) -> Json:
        """Return the document as schemas and arguments make it."""
        super()._init_spec()
        self.ma_plugin.converter.add_attribute_function(describe_constant)
        for title, scheme in self.security_schemes.items():
            self.spec.components.security_scheme(title, scheme)
        for blueprint in self._blueprints:
            blueprint.register_views_in_doc(self, self._app, self.spec, name=blueprint.name, parameters=None)
            self.spec.tag({"name": blueprint.name, "description": blueprint.description})
        return cast("Json", self.spec.to_dict())


def new_app(
    name: str, settings: CommonSettings, registry: svcs.Registry, title: str
) -> tuple[Flask, GovahApi]:
    """Return an app with error handling, request ids, health routes and the OpenAPI document.

    `name` is the service's short name; the document is served at ``/api/v1/<name>/openapi.json``.
    """
    logging.configure(name, settings.log_level)
    tracing.start(name)
    app = Flask(f"services.{name}", static_folder=None)
    accept_pasted_ids(app)
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
    follow_requests(app)
    api = GovahApi(app)
    _handle_errors(app)
    app.register_blueprint(new_health_blueprint(name))
    return app, api


def finish_app(
    app: Flask,
    access: Mapping[str, Rule],
    verifier: TokenVerifier,
    documentation: Mapping[str, OperationDocumentation] | None = None,
) -> Flask:
    """Close the routes by the service's table, to which the kit's own are added, and document them.

    Raises ValueError where the table does not fit the routes; the document does, once it is read.
    """
    kit_routes = {
        "health.healthz": ANYONE,
        "health.readyz": ANYONE,
        "health.metrics": ANYONE,
        "api-docs.openapi_json": ANYONE,
    }
    close_routes(app, {**access, **kit_routes}, verifier)
    api = app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    idempotent = {endpoint for endpoint, view in app.view_functions.items() if is_idempotent(view)}

    @cache
    def build_document() -> Json:
        return complete_document(api.describe_routes(), app.url_map, access, documentation or {}, idempotent)

    app.extensions["openapi"] = build_document
    return app


def follow_requests(app: Flask, *, traced_before: bool = True) -> None:
    """Give every request an id, a log line and a span in its trace; the gateway's front door does so too.

    A caller's traceparent is accepted only where services and the edge are the only callers.
    """

    @app.before_request
    def bind_request() -> None:
        g.started = time.perf_counter()
        logging.bind_request_id(logging.accept_request_id(request.headers.get("X-Request-ID")))
        g.trace = ExitStack()
        parent = request.headers.get("traceparent") if traced_before else None
        g.span = g.trace.enter_context(_open_span(parent))

    @app.after_request
    def log_response(response: Response) -> Response:
        response.headers["X-Request-ID"] = logging.get_request_id()
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["X-Content-Type-Options"] = "nosniff"
        seconds = time.perf_counter() - g.started
        method = _get_method()
        g.span.set_attribute(
            "http.response.status_code", response.status_code, failed=response.status_code >= 500
        )
        count_request(method, request.endpoint or "unknown", response.status_code, seconds)
        # The endpoint, never the path: some paths carry a token.
        log.info(
            "request",
            method=method,
            endpoint=request.endpoint,
            status=response.status_code,
            ms=round(seconds * 1000, 1),
            subject=_find_subject(),
        )
        return response

    @app.teardown_request
    def close_trace(_error: BaseException | None) -> None:
        if "trace" in g:
            g.trace.close()


def _get_method() -> str:
    return request.method if request.method in _METHODS else "other"


def _open_span(parent: str | None) -> AbstractContextManager[tracing.OptionalSpan]:
    if request.endpoint in tracing.UNTRACED:
        return nullcontext(tracing.OptionalSpan())
    # The rule, never the path: some paths carry a token.
    route = request.url_rule.rule if request.url_rule else "unknown"
    attributes = {"http.request.method": _get_method(), "http.route": route}
    return tracing.span(f"{_get_method()} {route}", "server", attributes, parent=parent)


def _find_subject() -> str | None:
    principal = g.get("principal")
    return principal.subject if principal else None


def _handle_errors(app: Flask) -> None:
    @app.errorhandler(problems.Problem)
    def on_problem(problem: problems.Problem) -> Response:
        return build_problem_response(problem)

    @app.errorhandler(Replay)
    def on_replay(replay: Replay) -> Response:
        return Response(
            json.dumps(replay.body, ensure_ascii=False), replay.status, mimetype="application/json"
        )

    # gunicorn reads a body when a view needs it, and fails only then.
    @app.errorhandler(ParseException)
    @app.errorhandler(NoMoreData)
    def on_unreadable_body(_error: Exception) -> Response:
        return build_problem_response(problems.BadRequest())

    @app.errorhandler(OperationalError)
    @app.errorhandler(PoolExhausted)
    def on_database_away(error: OperationalError | PoolExhausted) -> Response:
        log.error("database.away", exc_info=error)
        return build_problem_response(problems.Unavailable())

    # A disk or bucket that is full, gone or closed to us; nothing else here does what raises OSError.
    @app.errorhandler(StorageError)
    @app.errorhandler(OSError)
    def on_storage_away(error: StorageError | OSError) -> Response:
        log.error("storage.away", exc_info=error)
        return build_problem_response(problems.Unavailable())

    @app.errorhandler(Exception)
    def on_bug(error: Exception) -> Response:
        log.error("request.failed", exc_info=error)
        return build_problem_response(problems.Problem())


def _convert_to_problem(error: HTTPException) -> problems.Problem:
    if error.code == 413:
        limit = (request.max_content_length or 0) // 1024
        return problems.BodyTooLarge(limit=f"{limit // 1024} MiB" if limit >= 1024 else f"{limit} KiB")
    if error.code == 422:
        messages = getattr(error, "data", {}).get("messages", {})
        # webargs wraps the messages in the place they came from: json, query, files …
        fields = [field for place in messages.values() for field in flatten_errors(place)]
        return problems.ValidationFailed(*fields[:MAX_ERRORS])
    return _BY_STATUS.get(error.code or 500, problems.Problem)()


def build_problem_response(problem: problems.Problem) -> Response:
    """Return the problem document in the caller's language."""
    PROBLEMS.labels(request.endpoint or "unknown", problem.code).inc()
    language = problems.select_language(request.accept_languages)
    body = problem.build_document(language, logging.get_request_id())
    response = Response(json.dumps(body, ensure_ascii=False), problem.status, problem.build_headers())
    response.headers["Content-Language"] = language
    return response


__all__ = ["Blueprint", "GovahApi", "build_problem_response", "finish_app", "new_app"]
