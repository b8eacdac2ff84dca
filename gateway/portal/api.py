"""Calls to the services' public API, on behalf of whoever looks at a page.

Pages call `anyone()` here or `sessions.me()`, and let a `Problem` rise: the error pages show it, and forms
catch it to show it beside their fields.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import quote, urlsplit

import httpx
from flask import current_app, request
from flask_babel import get_locale, gettext

from services.kit import logging, tracing

# Below the half minute after which the front door gives up.
TIMEOUT = httpx.Timeout(20, connect=2)
ON_A_PAGE = 20
Json = dict[str, Any]


@dataclass
class Problem(Exception):
    """A service's refusal (RFC 9457), its words in the reader's language."""

    status: int
    code: str
    title: str
    detail: str
    errors: list[dict[str, str]] = field(default_factory=list)
    retry_after: int | None = None
    document: Mapping[str, Any] = field(default_factory=dict)


class Unavailable(Problem):
    """A service, or the store of sessions, does not answer; `service` is its short name."""

    def __init__(self, service: str) -> None:
        self.service = service
        title = gettext("این بخش اکنون در دسترس نیست")
        detail = gettext("چند دقیقه دیگر دوباره تلاش کنید. چیزی از دست نرفته است.")
        super().__init__(503, "unavailable", title, detail, retry_after=30)


@dataclass(frozen=True)
class Services:
    """Where the services are, and the connections to them; one for the process."""

    urls: Mapping[str, str]
    http: httpx.Client


@dataclass(frozen=True)
class Api:
    """The public API for one request of one reader, with or without an access token."""

    services: Services
    token: str | None = None

    def get(self, path: str, **params: Any) -> Any:
        """The JSON at a path such as ``/api/v1/records/me``."""
        return self.call("GET", path, params=_given(params)).json()

    def post(self, path: str, body: Any = None, *, key: str | None = None, **options: Any) -> Any:
        """The JSON of the answer, None when it is empty; `key` is the Idempotency-Key (`form.key`)."""
        headers = {"Idempotency-Key": key} if key else {}
        answer = self.call("POST", path, json=body, headers=headers, **options)
        return answer.json() if answer.content else None

    def put(self, path: str, body: Any) -> Any:
        return self.call("PUT", path, json=body).json()

    def delete(self, path: str) -> None:
        self.call("DELETE", path)

    def page(self, path: str, **params: Any) -> Any:
        """One page of a list as JSON: the one that the reader has come to, which the address tells."""
        return self.get(path, **params, limit=ON_A_PAGE, cursor=request.args.get("cursor"))

    def items(self, path: str, **params: Any) -> Iterator[Any]:
        """Every item of a list, page after page."""
        cursor: str | None = None
        while True:
            page = self.get(path, **params, limit=200, cursor=cursor)
            yield from page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return

    def call(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **options: Any
    ) -> httpx.Response:
        """The whole answer. Raises Problem for a refusal, Unavailable when there is none."""
        with self.stream(method, path, headers, **options) as answer:
            answer.read()
            return answer

    @contextmanager
    def stream(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **options: Any
    ) -> Iterator[httpx.Response]:
        """The answer before its body is read, for documents that pass through. Raises as `call` does."""
        service = path.split("/")[3]
        url = self.services.urls[service] + quote(path)
        try:
            asked = self.services.http.build_request(
                method, url, headers=self._headers() | dict(headers or {}), **options
            )
            answer = self.services.http.send(asked, stream=True)
            try:
                if answer.is_error:
                    answer.read()
                    raise _problem(answer, service)
                yield answer
            finally:
                answer.close()
        except httpx.TransportError as error:
            raise Unavailable(service) from error

    def _headers(self) -> dict[str, str]:
        public = urlsplit(current_app.config["PUBLIC_URL"])
        headers = {
            # Limits count whoever sits at the screen, not the portal.
            "X-Forwarded-For": request.remote_addr or "",
            # Where people find Govah, not what a stranger's request calls itself.
            "X-Forwarded-Proto": public.scheme,
            "X-Forwarded-Host": public.netloc,
            "X-Request-ID": logging.current_request_id(),
            "Accept-Language": str(get_locale()),
            **tracing.onward(),
        }
        return headers | ({"Authorization": f"Bearer {self.token}"} if self.token else {})


def anyone() -> Api:
    """The API without a token."""
    return Api(cast("Services", current_app.extensions["services"]))


def _given(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value is not None}


def _problem(answer: httpx.Response, service: str) -> Problem:
    try:
        document = answer.json()
    except ValueError:
        document = {}
    wait = answer.headers.get("Retry-After", "")
    if answer.status_code >= 500 or not isinstance(document, dict) or "code" not in document:
        away = Unavailable(service)
        if answer.status_code == 503 and isinstance(document, dict) and document.get("code") == "busy":
            # It is there, and says itself how short the wait is.
            away.title, away.detail = str(document.get("title", "")), str(document.get("detail", ""))
            away.retry_after = int(wait) if wait.isdigit() else away.retry_after
        return away
    return Problem(
        status=answer.status_code,
        code=str(document["code"]),
        title=str(document.get("title", "")),
        detail=str(document.get("detail", "")),
        errors=list(document.get("errors", [])),
        retry_after=int(wait) if wait.isdigit() else None,
        document=document,
    )
