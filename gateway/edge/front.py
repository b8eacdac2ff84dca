"""The front door of the embedded mode: passes public routes on to the services, and nothing else.

In production nginx does this (`nginx/`). The internal routes, health and metrics of the services have
no way through.
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
from services import SERVICES
from services.kit import logging, problems, tracing
from services.kit.http.access import LARGE_BODY, MULTIPART_SLACK
from services.kit.http.client import no_cookies
from services.kit.http.server import follow_requests, problem_response

METHODS = ["GET", "POST", "PUT", "DELETE"]
# Hop-by-hop (RFC 9110, 7.6.1) and what this hop sets by itself.
NOT_PASSED = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer"}
    | {"transfer-encoding", "upgrade", "host", "content-length", "date", "server", "forwarded"}
    | {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"}
    # A trace begins here: a stranger's would be taken for one of ours.
    | {"traceparent", "tracestate", "baggage"}
)
# Paths of programs, where no page is; and what the portal says of itself is not for the public.
NOT_THE_PORTALS = frozenset({"api", "l", ".well-known", "internal", "healthz", "readyz", "metrics"})
# What the portal does say below a folder that is not its own.
SECURITY_TXT = "/.well-known/security.txt"
CHUNK = 64 * 1024
# The page for people whose form is too large, as the edge of production shows it.
TOO_LARGE = Path(__file__).parent / "nginx" / "pages" / "too-large.html"
# Bytes of such a form that are read and dropped.
MOST_DROPPED = 10 * LARGE_BODY
# What a query may hold beside letters and digits (RFC 3986, 3.4), and the percent sign of what is encoded.
QUERY = "%/?:@!$&'()*+,;=-._~"
# Seconds; below the half minute after which many clients give up, so that they hear a 503 and not nothing.
ANSWER_WITHIN, CONNECT_WITHIN = 25, 2
# Of an address; gunicorn, which the services use, allows a first line of 4,094 bytes.
LONGEST_TARGET = 4000

log = structlog.get_logger()


@dataclass(frozen=True)
class Upstreams:
    """The services behind the door."""

    urls: Mapping[str, str]
    client: httpx.Client

    def pass_on(self, service: str, path: str) -> Response:
        """The service's answer to the present request; 503 when it does not answer."""
        # WSGI hands over header bytes as Latin-1: so they go on as they came.
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
        headers["X-Request-ID"] = logging.current_request_id()
        headers.update(tracing.onward())
        target = quote(path) + (f"?{quote(request.query_string, safe=QUERY)}" if request.query_string else "")
        if len(target) > LONGEST_TARGET:
            return problem_response(problems.BadRequest())
        url = httpx.URL(self.urls[service]).copy_with(raw_path=target.encode())
        body = request.get_data(cache=False)
        if len(body) > CHUNK:
            # A service that refuses it unread hangs up, and nobody else may be given that connection.
            headers["Connection"] = "close"
        try:
            asked = self.client.build_request(request.method, url, headers=headers, content=body)
            answer = self.client.send(asked, stream=True)
        except httpx.TransportError:
            return problem_response(problems.Unavailable())
        passed = [(name, value) for name, value in answer.headers.multi_items() if name not in NOT_PASSED]
        return Response(_chunks(answer), answer.status_code, passed)

    def are_ready(self) -> dict[str, bool]:
        """Which services say that they are ready."""
        return {name: self._is_ready(url) for name, url in self.urls.items()}

    def _is_ready(self, url: str) -> bool:
        try:
            return self.client.get(f"{url}/readyz", timeout=5).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False


def _chunks(answer: httpx.Response) -> Iterator[bytes]:
    try:
        yield from answer.iter_raw(CHUNK)
    finally:
        answer.close()


def create_app(environ: Mapping[str, str] = os.environ) -> Flask:
    """The front door.

    `GOVAH_<SERVICE>_URL` name the services, `GOVAH_PORTAL_URL` the portal if there is one,
    `GOVAH_READY_FILE` a file that must exist before all is ready.
    """
    logging.configure("gateway", environ.get("GOVAH_LOG_LEVEL", "INFO"))
    tracing.start("gateway")
    transport = httpx.HTTPTransport(
        retries=1, limits=httpx.Limits(max_connections=64, max_keepalive_connections=64, keepalive_expiry=1)
    )
    upstreams = Upstreams(
        {name: environ[f"GOVAH_{name.upper()}_URL"] for name in SERVICES},
        httpx.Client(
            timeout=httpx.Timeout(ANSWER_WITHIN, connect=CONNECT_WITHIN),
            transport=transport,
            cookies=no_cookies(),
        ),
    )
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = LARGE_BODY + MULTIPART_SLACK
    follow_requests(app, traced_before=False)
    _open_routes(app, upstreams)
    if portal := environ.get("GOVAH_PORTAL_URL"):
        _open_portal(app, replace(upstreams, urls={"portal": portal}))
    _show_documentation(app)
    _show_health(app, upstreams, Path(environ["GOVAH_READY_FILE"]))
    app.register_error_handler(HTTPException, _answer_error)
    app.register_error_handler(Exception, _answer_mistake)
    return app


def _open_routes(app: Flask, upstreams: Upstreams) -> None:
    def open_service(name: str) -> None:
        def pass_on(rest: str) -> Response:
            # An HTTP client resolves dots, and would so reach what is not public.
            if {".", ".."} & set(rest.split("/")):
                return problem_response(problems.NotFound())
            return upstreams.pass_on(name, f"/api/v1/{name}/{rest}")

        app.add_url_rule(f"/api/v1/{name}/<path:rest>", name, pass_on, methods=METHODS)

    for service in SERVICES:
        open_service(service)

    @app.get("/.well-known/<name>")
    def well_known(name: str) -> Response:
        return upstreams.pass_on("auth", f"/.well-known/{name}")

    @app.get("/l/<serial>")
    def letter_status(serial: str) -> Response:
        return upstreams.pass_on("inquiry", f"/api/v1/inquiry/letters/{serial}")


def _open_portal(app: Flask, upstreams: Upstreams) -> None:
    @app.get(SECURITY_TXT)
    def security_txt() -> Response:
        return upstreams.pass_on("portal", SECURITY_TXT)

    @app.route("/", defaults={"path": ""}, methods=METHODS)
    @app.route("/<path:path>", methods=METHODS)
    def portal(path: str) -> Response:
        parts = path.split("/")
        if parts[0] in NOT_THE_PORTALS or {".", ".."} & set(parts):
            return problem_response(problems.NotFound())
        try:
            return upstreams.pass_on("portal", f"/{path}")
        except RequestEntityTooLarge:
            _drop_body()
            return Response(TOO_LARGE.read_bytes(), 413, content_type="text/html; charset=utf-8")


def _drop_body() -> None:
    """Read what is still coming: a browser shows no answer before it has sent its form."""
    left = MOST_DROPPED
    while left > 0 and (some := request.environ["wsgi.input"].read(CHUNK)):
        left -= len(some)


def _show_documentation(app: Flask) -> None:
    files = page.files()

    @app.get("/api/docs", defaults={"name": ""}, strict_slashes=False)
    @app.get("/api/docs/<path:name>")
    def documentation(name: str) -> Response:
        if name not in files:
            raise NotFound
        kind = mimetypes.guess_type(name)[0] if name else "text/html"
        response = Response(files[name], mimetype=kind)
        response.headers["Content-Security-Policy"] = page.POLICY
        response.headers["Referrer-Policy"] = "no-referrer"
        return response


def _show_health(app: Flask, upstreams: Upstreams, ready_file: Path) -> None:
    @app.get("/healthz")
    def healthz() -> ResponseReturnValue:
        services = upstreams.are_ready()
        ready = all(services.values()) and ready_file.exists()
        if ready:
            return jsonify(status="ok", services=services)
        return jsonify(status="unavailable", services=services), 503, {"Retry-After": "2"}


def _answer_mistake(error: Exception) -> Response:
    # Flask would write the path, and some paths carry a token.
    log.error("request.failed", exc_info=error)
    return problem_response(problems.Problem())


def _answer_error(error: HTTPException) -> Response:
    by_status: dict[int | None, problems.Problem] = {
        404: problems.NotFound(),
        405: problems.MethodNotAllowed(),
        413: problems.BodyTooLarge(limit=f"{LARGE_BODY // 1024**2} MiB"),
        500: problems.Problem(),
    }
    response = problem_response(by_status.get(error.code, problems.BadRequest()))
    if isinstance(error, MethodNotAllowed):
        response.allow.update(error.valid_methods or ())
    return response
