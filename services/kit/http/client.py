"""Calls from one service to another: time limits, the request id, service tokens.

A service's `clients.py` wraps a `ServiceClient` in methods named for what they request: with the citizen's
token on a citizen's behalf, else by `request_as_service`.
"""

import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from http import HTTPStatus
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx
from pydantic import SecretStr

from services.kit import logging, tracing
from services.kit.problems import Unavailable
from services.kit.settings import SettingsError, iterate_secrets

TIMEOUT = httpx.Timeout(10, connect=2)
# Of calls between services. A name may have the address of a replica that has ended, which answers nothing.
SERVICE_TIMEOUT = httpx.Timeout(10, connect=1)
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=20)
# Of RFC 9110, 9.2.2.
IDEMPOTENT_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
# Seconds. A request waits for the key set, if its key is unknown.
JWKS_TIMEOUT = 2
# A token is renewed this many seconds before it expires.
RENEW_BEFORE = 60


@cache
def get_tls_context() -> ssl.SSLContext:
    """Return the one TLS context of all clients: each would read every certificate authority again."""
    return httpx.create_ssl_context()


def new_empty_cookie_jar() -> CookieJar:
    """Return a jar that stores nothing: a client that many people share must not mix up their cookies."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


class RetryingTransport(httpx.HTTPTransport):
    """Connections that send a request a second time if the replica that has received it ended meanwhile.

    Only a request of an idempotent method whose body is in memory. One that could not be sent goes to the
    next address of the name, whatever its method.
    """

    def __init__(self, limits: httpx.Limits = LIMITS) -> None:
        super().__init__(verify=get_tls_context(), retries=1, limits=limits)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response. Raises httpx.TransportError."""
        try:
            return super().handle_request(request)
        except (httpx.NetworkError, httpx.RemoteProtocolError):
            if request.method not in IDEMPOTENT_METHODS or not isinstance(request.stream, httpx.ByteStream):
                raise
        return super().handle_request(request)


class TokenSource:
    """Service tokens of one client (RFC 6749, client_credentials), cached until they are about to expire.

    The secrets are read for each request. The first is the current one; while it is rotated auth may know a
    former one only.
    """

    def __init__(
        self,
        auth_url: str,
        client_id: str,
        read_secrets: Callable[[], Sequence[SecretStr]],
        http: httpx.Client | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = http or _new_client(auth_url)
        self._clock = clock
        self._client_id = client_id
        self._read_secrets = read_secrets
        self._tokens: dict[str, tuple[str, float]] = {}
        self._lock = threading.Lock()

    def get_token(self, scope: str) -> str:
        """Return an access token with that scope. Raises Unavailable when auth grants none."""
        with self._lock:
            cached, expires_at = self._tokens.get(scope, ("", 0.0))
            now = self._clock()
            if now < expires_at - RENEW_BEFORE:
                return cached
            try:
                response = self._send_secrets(scope)
                response.raise_for_status()
                grant = response.json()
                token = str(grant["access_token"])
                self._tokens[scope] = token, now + float(grant["expires_in"])
            except (httpx.HTTPError, LookupError, TypeError, ValueError, SettingsError) as error:
                if now < expires_at:
                    return cached
                raise Unavailable from error
            return token

    def _send_secrets(self, scope: str) -> httpx.Response:
        for secret in iterate_secrets(self._read_secrets):
            response = self._http.post(
                "/api/v1/auth/token",
                data={"grant_type": "client_credentials", "scope": scope},
                auth=(self._client_id, secret.get_secret_value()),
                headers={"X-Request-ID": logging.get_request_id()},
            )
            if response.status_code != HTTPStatus.UNAUTHORIZED:
                break
        return response

    def drop_token(self, scope: str, refused: str) -> None:
        """Drop a token that was refused, unless it has been replaced already."""
        with self._lock:
            if self._tokens.get(scope, ("", 0.0))[0] == refused:
                del self._tokens[scope]


class ServiceClient:
    """HTTP to one service; connection failures and responses of 5xx become Unavailable."""

    def __init__(self, base_url: str, http: httpx.Client | None = None) -> None:
        self._http = http or _new_client(base_url)

    def send_request(
        self,
        method: str,
        path: str,
        *,
        token: str,
        json: Any = None,
        content: bytes | None = None,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Return the response, whatever its status below 500. Raises Unavailable."""
        sent = {
            "Authorization": f"Bearer {token}",
            "X-Request-ID": logging.get_request_id(),
            **(headers or {}),
        }
        # The host without the path: the route is in the span of the other service.
        attributes = {"http.request.method": method, "server.address": self._http.base_url.host}
        try:
            with tracing.span(method, "client", attributes) as span:
                response = self._http.request(
                    method,
                    path,
                    json=json,
                    content=content,
                    params=params,
                    headers=sent | tracing.build_trace_headers(),
                )
                span.set_attribute("http.response.status_code", response.status_code)
        except httpx.HTTPError as error:
            raise Unavailable from error
        if response.status_code >= 500 or response.status_code == 429:
            raise Unavailable
        return response


def _new_client(base_url: str) -> httpx.Client:
    return httpx.Client(base_url=base_url, timeout=SERVICE_TIMEOUT, transport=RetryingTransport())


def new_jwks_fetcher(auth_url: str) -> Callable[[], Mapping[str, Any]]:
    """Return a function that fetches the key set of auth. It raises Unavailable."""

    def fetch_jwks() -> Mapping[str, Any]:
        try:
            response = httpx.get(f"{auth_url}/.well-known/jwks.json", timeout=JWKS_TIMEOUT)
            response.raise_for_status()
            document: Mapping[str, Any] = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise Unavailable from error
        return document

    return fetch_jwks


def request_as_service(
    client: ServiceClient, tokens: TokenSource, scope: str, method: str, path: str, **sent: Any
) -> httpx.Response:
    """Return the response to `ServiceClient.send_request` with a service token of that scope.

    A token that is refused is replaced once: auth may have withdrawn the key that signed it, or this machine
    may have slept past its expiry. Raises Unavailable.
    """
    token = tokens.get_token(scope)
    response = client.send_request(method, path, token=token, **sent)
    if response.status_code != 401:
        return response
    tokens.drop_token(scope, token)
    return client.send_request(method, path, token=tokens.get_token(scope), **sent)
