"""Health and metrics of a service: `/healthz`, `/readyz`, `/metrics`; none of them passes the gateway."""

from collections.abc import Callable, Iterable

import structlog
import svcs
from flask import Blueprint, Flask, Response, current_app, jsonify
from flask.typing import ResponseReturnValue
from prometheus_client import Counter, Histogram

from services.kit.metrics import CONTENT_TYPE_LATEST, Measure, render_metrics
from services.kit.version import read_revision, read_version

log = structlog.get_logger()

REQUESTS = Counter("govah_http_requests", "HTTP requests", ["method", "endpoint", "status"])
SECONDS = Histogram("govah_http_request_seconds", "Seconds a request took", ["method", "endpoint"])
PROBLEMS = Counter("govah_http_problems", "Requests answered with a problem", ["endpoint", "code"])


def count_request(method: str, endpoint: str, status: int, seconds: float) -> None:
    """Count one finished request."""
    REQUESTS.labels(method, endpoint, str(status)).inc()
    SECONDS.labels(method, endpoint).observe(seconds)


def add_measures(app: Flask, *measures: Measure) -> None:
    """Add measures to what the app's `/metrics` serves."""
    app.extensions["govah-measures"] = measures


def add_warnings(app: Flask, *warnings: Callable[[], Iterable[str]]) -> None:
    """Add warnings to the app's `/readyz`: what will need an operator soon, though nothing fails yet."""
    app.extensions["govah-warnings"] = warnings


def begin_draining(app: Flask) -> None:
    """Have the app's `/readyz` answer 503 from now on: its process is about to end."""
    app.extensions["govah-draining"] = True


def new_health_blueprint(service: str) -> Blueprint:
    """Return routes that report whether the process is alive and whether its dependencies answer.

    The dependencies are the values registered with a `ping` in the app's svcs registry.
    """
    blueprint = Blueprint("health", __name__)

    @blueprint.get("/healthz")
    def healthz() -> ResponseReturnValue:
        return jsonify(status="ok", service=service, version=read_version(), revision=read_revision())

    @blueprint.get("/readyz")
    def readyz() -> ResponseReturnValue:
        failed = ["draining"] if "govah-draining" in current_app.extensions else []
        for ping in svcs.flask.get_pings():
            try:
                ping.ping()
            except Exception as error:  # noqa: BLE001 -- whatever a dependency raises means «not ready»
                log.warning("not-ready", dependency=ping.name, reason=type(error).__name__)
                failed.append(ping.name)
        report = {"status": "unavailable" if failed else "ok", "failed": failed}
        if warnings := [word for warn in current_app.extensions.get("govah-warnings", ()) for word in warn()]:
            report["warnings"] = warnings
        return jsonify(report), 503 if failed else 200

    @blueprint.get("/metrics")
    def metrics() -> ResponseReturnValue:
        measures = current_app.extensions.get("govah-measures", ())
        return Response(render_metrics(measures), content_type=CONTENT_TYPE_LATEST)

    return blueprint
