"""The portal over fakes of the services, and the people at their browsers."""

import json
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import jwt
import svcs
from flask import Flask
from flask.testing import FlaskClient

from gateway.portal.api import Services as Clients
from gateway.portal.app import create_app
from gateway.portal.settings import Settings
from services.kit import logging
from services.kit.http.client import new_empty_cookie_jar

SESSIONS = "/api/v1/auth/sessions"
Handler = Callable[[httpx.Request], httpx.Response]


@dataclass
class Services:
    """Fakes of all services: replies by method and path. Where none is set, the service is unavailable."""

    handlers: dict[tuple[str, str], Handler] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    scopes: str = "lists objections helpdesk"
    accounts: dict[str, str] = field(default_factory=lambda: {"officer": "officer", "clerk": "institution"})

    def set_reply(self, method: str, path: str, status: int, body: Any = None, **headers: str) -> None:
        """Set the reply to calls of a path."""
        content = b"" if body is None else json.dumps(body).encode()
        self.handlers[method, path] = lambda _: httpx.Response(status, content=content, headers=headers)

    def refuse(self, method: str, path: str, status: int, code: str, **members: Any) -> None:
        """Set a problem document as the reply to calls of a path."""
        document = {"code": code, "title": "نه", "detail": f"چون {code}", **members}
        self.set_reply(method, path, status, document)

    def create_session(self, request: httpx.Request) -> httpx.Response:
        """Return a session for any password. User names without an account are citizens' national codes."""
        role = self.accounts.get(json.loads(request.content).get("username", ""), "citizen")
        return httpx.Response(200, json=grant("first", role=role, scope=self.scopes))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            self.requests.append(request)
        handler = self.handlers.get((request.method, request.url.path))
        if handler is None:
            raise httpx.ConnectError("connection refused")
        return handler(request)

    def list_requests(self, method: str, path: str) -> list[httpx.Request]:
        """Return the calls of a path so far."""
        return [request for request in self.requests if (request.method, request.url.path) == (method, path)]


def build_token(name: str, role: str = "citizen", **claims: str) -> str:
    """Return an access token like auth's; the portal does not verify its signature."""
    return jwt.encode(
        {"sub": name, "role": role} | claims, "a key of tests that is long enough for them", "HS256"
    )


def grant(name: str, expires_in: int = 900, role: str = "citizen", **claims: str) -> dict[str, Any]:
    """Return what auth returns at sign-in and refresh."""
    tokens = {"access_token": build_token(name, role, **claims), "refresh_token": f"refresh-{name}"}
    return tokens | {"expires_in": expires_in}


@dataclass
class Person:
    """A person at a browser without scripts."""

    http: FlaskClient

    def get(self, path: str) -> Any:
        """Return the response at a path."""
        return self.http.get(path)

    def read(self, path: str) -> str:
        """Return the page at a path as text."""
        text: str = self.get(path).text
        return text

    def send(self, path: str, **fields: str | list[str]) -> Any:
        """Return the response to the page's form with these fields filled in."""
        page = self.http.get(path).text
        return self.http.post(path, data={**read_hidden_fields(page), **fields})

    def sign_in(self) -> Any:
        """Return the response to a citizen's sign-in."""
        return self.send("/sign-in", national_code="۰۰۸۴۵۷۵۹۴۸", password="correct horse battery")


# Portals that no test uses, by their settings: building one costs more than most tests.
IDLE: defaultdict[str, list[Flask]] = defaultdict(list)


@contextmanager
def open_browser(settings: Settings, services: Services) -> Iterator[Person]:
    """Yield a person at a browser without cookies, in front of a portal process of its own."""
    with (
        httpx.Client(transport=httpx.MockTransport(services), cookies=new_empty_cookie_jar()) as http,
        lend_portal(settings, http) as app,
        app.test_client() as client,
    ):
        yield Person(client)


@contextmanager
def lend_portal(settings: Settings, http: httpx.Client) -> Iterator[Flask]:
    """Lend a portal that nobody else uses; one that was given back is as it was at first."""
    others = settings.model_dump(exclude={"cookie_key_file"})
    idle = IDLE[f"{others} {settings.cookie_key.get_secret_value()}"]
    app = idle.pop() if idle else create_app(settings, http)
    # The log goes to this test's standard error, in the portal's name.
    logging.configure("portal", settings.log_level)
    svcs.flask.register_value(app, Clients, Clients(settings.list_service_urls(), http))
    config = dict(app.config)
    yield app
    app.config.clear()
    app.config.update(config)
    idle.append(app)


def read_hidden_fields(page: str) -> dict[str, str]:
    """Return the hidden fields of the form in the page's main part."""
    inputs = re.findall('<input[^>]*type="hidden"[^>]*>', page[page.index("<main") : page.index("</main")])
    pairs = [re.search('name="([^"]*)".*value="([^"]*)"', element) for element in inputs]
    return {pair[1]: pair[2] for pair in pairs if pair}
