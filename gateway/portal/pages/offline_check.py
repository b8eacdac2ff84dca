"""«اصالت‌سنجی نامه بدون اینترنت»: a page that needs no service once it is open. `gateway/check` builds it."""

import gzip
import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache

import svcs
from flask import Blueprint, Response, request

from gateway.check.page import WORKER, WORKER_POLICY, build_page
from gateway.portal import api
from gateway.portal.settings import Settings
from govah_verify.trust import parse_trust
from services.kit.jalali import to_tehran_date

blueprint = Blueprint("offline_check", __name__, url_prefix="/check")

# The page alone may use the camera; nothing may frame it.
HEADERS = {
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    # Each opening asks whether there are newer keys.
    "Cache-Control": "no-cache",
}


@dataclass(frozen=True)
class Served:
    """The page, plain and compressed, with its policy and its tag."""

    content: bytes
    zipped: bytes
    policy: str
    tag: str


@blueprint.get("")
def show_page() -> Response:
    """Return the page with the present and the former keys of letters. Raises ApiError."""
    pem = api.get_client().inquiry.get_letter_keys()["pem"]
    page = _serve(pem, svcs.flask.get(Settings).public_url, to_tehran_date(datetime.now(UTC)))
    is_zipped = bool(request.accept_encodings["gzip"])
    response = Response(page.zipped if is_zipped else page.content, content_type="text/html; charset=utf-8")
    if is_zipped:
        response.content_encoding = "gzip"
    response.vary.add("Accept-Encoding")
    response.headers.update(HEADERS | {"Content-Security-Policy": page.policy})
    response.set_etag(f"{page.tag}-gzip" if is_zipped else page.tag)
    response.make_conditional(request)
    return response


@blueprint.get("/worker.js")
def send_worker() -> Response:
    """Return the worker that stores the page on the reader's device."""
    response = Response(WORKER.read_bytes(), content_type="text/javascript; charset=utf-8")
    response.headers.update(
        HEADERS | {"Content-Security-Policy": WORKER_POLICY, "Service-Worker-Allowed": "/check"}
    )
    return response


@lru_cache(maxsize=2)
def _serve(pem: str, address: str, day: date) -> Served:
    page = build_page(parse_trust(pem.encode(), "letters/keys"), address, day)
    tag = hashlib.sha256(page.content).hexdigest()[:16]
    return Served(page.content, gzip.compress(page.content, 9, mtime=0), page.policy, tag)
