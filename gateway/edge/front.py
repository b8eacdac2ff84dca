"""The front door of the embedded mode: passes the public routes of `routes` on to the services.

In production nginx does this (`nginx/`). The internal routes, health and metrics of the services are not
reachable through it.
"""

import mimetypes
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

import httpx
import structlog
from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge

from gateway.docs import page
from gateway.edge.routes import HIDDEN, LARGEST_UPLOAD, PORTAL, ROUTES, UPLOAD_WITHIN, Route
from services import SERVICES
from services.kit import logging, problems, tracing
from services.kit.http.access import LARGE_BODY, SMALL_BODY
from services.kit.http.client import RetryingTransport, new_empty_cookie_jar
from services.kit.http.server import build_problem_response, follow_requests

# Hop-by-hop (RFC 9110, 7.6.1), and headers that this hop sets.
NOT_PASSED = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer"}
    | {"transfer-encoding", "upgrade", "host", "content-length", "date", "server", "forwarded"}
    | {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"}
    # A trace begins here: a client's trace would be taken for an own one.
    | {"traceparent", "tracestate", "baggage"}
)
CHUNK = 64 * 1024
# The page for people whose form is too large, the same as production's.
TOO_LARGE = Path(__file__).parent / "nginx" / "pages" / "too-large.html"
# Bytes of a form that is too large that are read and dropped.
MOST_DROPPED = 10 * LARGE_BODY
# Characters of a query beside letters and digits (RFC 3986, 3.4), and the percent sign of encoded ones.
QUERY = "%/?:@!$&'()*+,;=-._~"
# Seconds. Many clients give up after half a minute; before that they get a 503. Files take longer.
ANSWER_WITHIN, CONNECT_WITHIN = 25, 1
# Of an address; gunicorn, which the services use, allows a first line of 4,094 bytes.
LONGEST_TARGET = 4000

log = structlog.get_logger()


@dataclass(frozen=True)
class Upstreams:
    """The services behind the door."""

    urls: Mapping[str, str]
    client: httpx.Client

    def pass_on(self, service: str, path: str, answer_within: float) -> Response:
        """Return the service's answer to the current request, 503 without one in this many seconds."""
        # WSGI decodes header bytes as Latin-1: encoded again, they are passed on unchanged.
        headers = httpx.Headers(
            [
                (name.encode(), value.encode("latin-1"))
                for name, value in request.headers
                if name.lower() not in NOT_PASSED
            ]
        )
        headers["X-Forwarded-For"] = request.remote_addr or ""
        headers["X-Forwarded-Proto"] = request.scheme
        headers["X-Forwarded-Host"] = request.host
        headers["X-Request-ID"] = logging.get_request_id()
        headers.update(tracing.build_trace_headers())
        target = quote(path) + (f"?{quote(request.query_string, safe=QUERY)}" if request.query_string else "")
        if len(target) > LONGEST_TARGET:
            return build_problem_response(problems.BadRequest())
        url = httpx.URL(self.urls[service]).copy_with(raw_path=target.encode())
        body = request.get_data(cache=False)
        if len(body) > CHUNK:
            # A service that refuses it unread closes the connection, so no other request may use it.
            headers["Connection"] = "close"
        try:
            call = self.client.build_request(
                request.method,
                url,
                headers=headers,
                content=body,
                timeout=httpx.Timeout(answer_within, connect=CONNECT_WITHIN),
            )
            reply = self.client.send(call, stream=True)
        except httpx.TransportError:
            return build_problem_response(problems.Unavailable())
        passed = [(name, value) for name, value in reply.headers.multi_items() if name not in NOT_PASSED]
        return Response(_iterate_body(reply), reply.status_code, passed)

    def check_services(self) -> dict[str, bool]:
        """Return whether each service is ready."""
        return {name: self.is_ready(name) for name in self.urls}

    def is_ready(self, name: str) -> bool:
        """Return whether a service is ready."""
        try:
            return self.client.get(f"{self.urls[name]}/readyz", timeout=5).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False


def find_bound(route: Route) -> float:
    """Return the seconds in which the service of a route answers, as in production."""
    return UPLOAD_WITHIN if route.largest_body > SMALL_BODY else ANSWER_WITHIN


def _iterate_body(reply: httpx.Response) -> Iterator[bytes]:
    try:
        yield from reply.iter_raw(CHUNK)
    finally:
        reply.close()


def create_app(environ: Mapping[str, str] = os.environ) -> Flask:
    """Return the front door.

    `GOVAH_<SERVICE>_URL` name the services, `GOVAH_PORTAL_URL` the portal if there is one,
    `GOVAH_READY_FILE` a file that must exist before all is ready.
    """
    logging.configure("gateway", environ.get("GOVAH_LOG_LEVEL", "INFO"))
    tracing.start("gateway")
    transport = RetryingTransport(
        httpx.Limits(max_connections=64, max_keepalive_connections=64, keepalive_expiry=1)
    )
    upstreams = Upstreams(
        {name: environ[f"GOVAH_{name.upper()}_URL"] for name in SERVICES},
        httpx.Client(
            timeout=httpx.Timeout(ANSWER_WITHIN, connect=CONNECT_WITHIN),
            transport=transport,
            cookies=new_empty_cookie_jar(),
        ),
    )
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_UPLOAD
    follow_requests(app, traced_before=False)
    with_portal = upstreams
    if portal := environ.get("GOVAH_PORTAL_URL"):
        with_portal = replace(upstreams, urls={**upstreams.urls, PORTAL.service: portal})
        _open_portal(app, with_portal)
    _open_routes(app, with_portal)
    _add_documentation(app)
    _add_health(app, with_portal, Path(environ["GOVAH_READY_FILE"]))
    app.register_error_handler(HTTPException, _answer_http_error)
    app.register_error_handler(Exception, _answer_exception)
    return app


def _open_routes(app: Flask, upstreams: Upstreams) -> None:
    for route in ROUTES:
        if route.service in upstreams.urls:
            _open_route(app, upstreams, route)


def _open_route(app: Flask, upstreams: Upstreams, route: Route) -> None:
    def pass_on(**variables: str) -> Response:
        # An HTTP client resolves dots, and would so reach what is not public.
        if {".", ".."} & {part for value in variables.values() for part in value.split("/")}:
            return build_problem_response(problems.NotFound())
        return upstreams.pass_on(route.service, route.build_target(variables), find_bound(route))

    app.add_url_rule(route.path, route.name, pass_on, methods=route.methods)


def _open_portal(app: Flask, upstreams: Upstreams) -> None:
    @app.route("/", endpoint=PORTAL.name, defaults={"path": ""}, methods=PORTAL.methods)
    @app.route(PORTAL.path, endpoint=PORTAL.name, methods=PORTAL.methods)
    def pass_on(path: str) -> Response:
        parts = path.split("/")
        if parts[0] in {*HIDDEN, "healthz", "alive"} or {".", ".."} & set(parts):
            return build_problem_response(problems.NotFound())
        try:
            return upstreams.pass_on(PORTAL.service, f"/{path}", find_bound(PORTAL))
        except RequestEntityTooLarge:
            _drop_body()
            return Response(TOO_LARGE.read_bytes(), 413, content_type="text/html; charset=utf-8")


def _drop_body() -> None:
    """Read the rest of a form: a browser shows no answer before it has sent all of it."""
    left = MOST_DROPPED
    while left > 0 and (chunk := request.environ["wsgi.input"].read(CHUNK)):
        left -= len(chunk)


def _add_documentation(app: Flask) -> None:
    files = page.render_files()

    @app.get("/api/docs", endpoint="documentation", defaults={"name": ""}, strict_slashes=False)
    @app.get("/api/docs/<path:name>", endpoint="documentation")
    def send_documentation(name: str) -> Response:
        if name not in files:
            raise NotFound
        kind = mimetypes.guess_type(name)[0] if name else "text/html"
        response = Response(files[name], mimetype=kind)
        response.headers["Content-Security-Policy"] = page.POLICY
        response.headers["Referrer-Policy"] = "no-referrer"
        return response


def _add_health(app: Flask, upstreams: Upstreams, ready_file: Path) -> None:
    @app.get("/healthz")
    def healthz() -> ResponseReturnValue:
        services = upstreams.check_services()
        ready = all(services.values()) and ready_file.exists()
        if ready:
            return jsonify(status="ok", services=services)
        return jsonify(status="unavailable", services=services), 503, {"Retry-After": "2"}

    @app.get("/alive")
    def show_liveness() -> ResponseReturnValue:
        if upstreams.is_ready("inquiry"):
            return jsonify(status="ok")
        return build_problem_response(problems.Unavailable())


def _answer_exception(error: Exception) -> Response:
    # Flask would log the path, and some paths contain a token.
    log.error("request.failed", exc_info=error)
    return build_problem_response(problems.Problem())


def _answer_http_error(error: HTTPException) -> Response:
    by_status: dict[int | None, problems.Problem] = {
        404: problems.NotFound(),
        405: problems.MethodNotAllowed(),
        413: problems.BodyTooLarge(limit=f"{LARGE_BODY // 1024**2} MiB"),
        500: problems.Problem(),
    }
    response = build_problem_response(by_status.get(error.code, problems.BadRequest()))
    if isinstance(error, MethodNotAllowed):
        response.allow.update(error.valid_methods or ())
    return response
