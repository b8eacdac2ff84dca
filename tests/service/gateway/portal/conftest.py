"""The portal over stand-ins of the services that answer as a test tells them, and a Redis of its own."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from flask.testing import FlaskClient

from gateway.portal.app import create_app
from gateway.portal.settings import Settings
from services import SERVICES
from services.kit.http.client import no_cookies
from tests.service.gateway.portal.inquiries import DOCUMENT, INQUIRIES, INQUIRY_ID, STATE, reply

SESSIONS = "/api/v1/auth/sessions"
Answer = Callable[[httpx.Request], httpx.Response]


@dataclass
class Services:
    """Answers by method and path; what is not told is a service that is away."""

    answers: dict[tuple[str, str], Answer] = field(default_factory=dict)
    asked: list[httpx.Request] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    scopes: str = "lists objections helpdesk"
    accounts: dict[str, str] = field(default_factory=lambda: {"officer": "officer", "clerk": "institution"})

    def tell(self, method: str, path: str, status: int, body: Any = None, **headers: str) -> None:
        content = b"" if body is None else json.dumps(body).encode()
        self.answers[method, path] = lambda _: httpx.Response(status, content=content, headers=headers)

    def refuse(self, method: str, path: str, status: int, code: str, **more: Any) -> None:
        self.tell(method, path, status, {"code": code, "title": "نه", "detail": f"چون {code}", **more})

    def let_in(self, request: httpx.Request) -> httpx.Response:
        """Every password is right; a user name without an account is a citizen's national code."""
        role = self.accounts.get(json.loads(request.content).get("username", ""), "citizen")
        return httpx.Response(200, json=grant("first", role=role, scope=self.scopes))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            self.asked.append(request)
        answer = self.answers.get((request.method, request.url.path))
        if answer is None:
            raise httpx.ConnectError("away")
        return answer(request)

    def sent(self, method: str, path: str) -> list[httpx.Request]:
        return [one for one in self.asked if (one.method, one.url.path) == (method, path)]


@pytest.fixture
def services() -> Services:
    one = Services()
    one.answers["POST", SESSIONS] = one.let_in
    one.tell("DELETE", "/api/v1/auth/sessions/current", 204)
    one.tell("GET", "/api/v1/disclosure/activity", 200, {"items": [], "next_cursor": None})
    return one


@pytest.fixture
def answered(services: Services) -> Services:
    services.tell("POST", INQUIRIES, 200, reply())
    services.tell("GET", STATE, 200, {"inquiry_id": INQUIRY_ID, "permit_state": "active"})
    services.answers["GET", DOCUMENT] = lambda _: httpx.Response(200, content=b"%PDF-1.7 a letter")
    return services


def access_token(name: str, role: str = "citizen", **claims: str) -> str:
    """A token of auth; the portal does not look at its signature."""
    return jwt.encode(
        {"sub": name, "role": role} | claims, "a key of tests that is long enough for them", "HS256"
    )


def grant(name: str, expires_in: int = 900, role: str = "citizen", **claims: str) -> dict[str, Any]:
    """What auth gives at sign-in and refresh."""
    tokens = {"access_token": access_token(name, role, **claims), "refresh_token": f"refresh-{name}"}
    return tokens | {"expires_in": expires_in}


@pytest.fixture
def settings(broker_url: str, tmp_path: Path) -> Settings:
    key = tmp_path / "portal.cookies"
    key.write_text("a key for tests")
    urls = {f"{name}_url": f"http://{name}" for name in SERVICES}
    return Settings.model_validate(
        {"public_url": "http://localhost", "broker_url": broker_url, "cookie_key_file": key, **urls}
    )


@dataclass
class Person:
    """Somebody at a browser without scripts."""

    http: FlaskClient

    def get(self, path: str) -> Any:
        return self.http.get(path)

    def read(self, path: str) -> str:
        """The page at a path as text."""
        text: str = self.get(path).text
        return text

    def send(self, path: str, **fields: str | list[str]) -> Any:
        """Send the page's form with these fields filled in."""
        page = self.http.get(path).text
        return self.http.post(path, data={**hidden(page), **fields})

    def sign_in(self) -> Any:
        return self.send("/sign-in", national_code="۰۰۸۴۵۷۵۹۴۸", password="correct horse battery")


@pytest.fixture
def person(settings: Settings, services: Services) -> Iterator[Person]:
    with browser_of(settings, services) as one:
        yield one


@pytest.fixture
def stranger(settings: Settings, services: Services) -> Iterator[Person]:
    """Somebody else, at another browser and by another of the portal's processes."""
    with browser_of(settings, services) as one:
        yield one


@contextmanager
def browser_of(settings: Settings, services: Services) -> Iterator[Person]:
    """A browser without cookies, in front of a portal of its own."""
    http = httpx.Client(transport=httpx.MockTransport(services), cookies=no_cookies())
    with create_app(settings, http).test_client() as client:
        yield Person(client)
    http.close()


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of the form in the page's main part."""
    inputs = re.findall('<input[^>]*type="hidden"[^>]*>', page[page.index("<main") : page.index("</main")])
    pairs = [re.search('name="([^"]*)".*value="([^"]*)"', one) for one in inputs]
    return {pair[1]: pair[2] for pair in pairs if pair}
