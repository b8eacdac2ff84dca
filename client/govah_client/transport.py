"""Calls by method and path, which the typed methods are made of.

Only idempotent calls are retried: GET, PUT and DELETE, and POST with an Idempotency-Key.
"""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from govah_client.errors import ServiceUnavailable, read_error
from govah_client.pages import iterate

IDEMPOTENT_METHODS = frozenset({"GET", "HEAD", "PUT", "DELETE"})
# Seconds before the first retry. The pause doubles with each, and a service may require more: a call that
# would have to pause for longer than the longest is not retried.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0


@dataclass(frozen=True)
class Transport:
    """Calls over one httpx client, with or without an access token.

    `service_urls` are base URLs by the service's name, for programs that reach the services without the
    gateway; for all others the base URL of `http` counts.
    """

    http: httpx.Client
    token: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    service_urls: Mapping[str, str] = field(default_factory=dict)
    retries: int = 0
    sleep: Callable[[float], None] = time.sleep
    # None: that of `http`.
    timeout: httpx.Timeout | None = None

    def get(self, path: str, **params: Any) -> Any:
        """Return the JSON at a path such as `/api/v1/records/me`; parameters without a value are not sent."""
        return self.call("GET", path, params=_drop_none(params)).json()

    def post(self, path: str, body: Any = None, *, idempotency_key: str | None = None, **options: Any) -> Any:
        """Return the JSON of the answer, None if it is empty."""
        if idempotency_key:
            options["headers"] = {**options.get("headers", {}), "Idempotency-Key": idempotency_key}
        response = self.call("POST", path, json=body, **options)
        return response.json() if response.content else None

    def put(self, path: str, body: Any) -> Any:
        """Return the JSON of the answer."""
        return self.call("PUT", path, json=body).json()

    def delete(self, path: str) -> Any:
        """Return the JSON of the answer, None if it is empty."""
        response = self.call("DELETE", path)
        return response.json() if response.content else None

    def download(self, path: str, **params: Any) -> bytes:
        """Return the content at a path; parameters without a value are not sent."""
        return self.call("GET", path, params=_drop_none(params)).content

    def iterate(self, path: str, **params: Any) -> Iterator[Any]:
        """Yield every item of the list at a path, page after page."""
        return iterate(self.get, path, **params)

    def call(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **options: Any
    ) -> httpx.Response:
        """Return the whole response.

        Raises ApiError for a refusal, and ServiceUnavailable if there is no usable answer.
        """
        sent = {**self._build_headers(), **(headers or {})}
        retries = self.retries if method in IDEMPOTENT_METHODS or "Idempotency-Key" in sent else 0
        for attempt in range(retries):
            try:
                return self._call_once(method, path, sent, options)
            except ServiceUnavailable as error:
                pause = max(FIRST_PAUSE * 2**attempt, error.retry_after or 0)
                if pause > LONGEST_PAUSE:
                    raise
                self.sleep(pause)
        return self._call_once(method, path, sent, options)

    def _call_once(
        self, method: str, path: str, headers: Mapping[str, str], options: Mapping[str, Any]
    ) -> httpx.Response:
        with self.stream(method, path, headers, **options) as response:
            response.read()
            return response

    @contextmanager
    def stream(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, **options: Any
    ) -> Iterator[httpx.Response]:
        """Yield the response before its body is read, for large documents. Raises what `call` raises."""
        service, sent = _find_service(path), {**self._build_headers(), **(headers or {})}
        auth = options.pop("auth", httpx.USE_CLIENT_DEFAULT)
        url = self.service_urls.get(service, "") + quote(path)
        if self.timeout is not None:
            options["timeout"] = self.timeout
        try:
            request = self.http.build_request(method, url, headers=sent, **options)
            response = self.http.send(request, auth=auth, stream=True)
            try:
                if response.is_error:
                    response.read()
                    raise read_error(response, service, sent["X-Request-ID"])
                yield response
            finally:
                response.close()
        except httpx.TransportError as error:
            place = self.service_urls.get(service) or str(self.http.base_url)
            raise ServiceUnavailable(service, place, request_id=sent["X-Request-ID"]) from error

    def _build_headers(self) -> dict[str, str]:
        headers = {"X-Request-ID": str(uuid.uuid4()), **self.headers}
        return headers | ({"Authorization": f"Bearer {self.token}"} if self.token else {})


def create_idempotency_key() -> str:
    """Return a key by which the API recognises a second try of the same call."""
    return str(uuid.uuid4())


def _find_service(path: str) -> str:
    """Return the service that a path such as `/api/v1/records/me` belongs to; auth has `/.well-known`."""
    parts = urlsplit(path).path.split("/")
    return parts[3] if parts[1:3] == ["api", "v1"] and len(parts) > 3 else "auth"


def _drop_none(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value is not None}
