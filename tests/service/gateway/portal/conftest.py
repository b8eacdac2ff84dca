"""Fixtures of the portal's tests: the services, two people at different browsers, and their Redis."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gateway.portal.settings import Settings
from services import SERVICES
from tests.service.gateway.portal.desk import SESSIONS, Person, Services, open_browser
from tests.service.gateway.portal.inquiries import DOCUMENT, INQUIRIES, INQUIRY_ID, STATE, build_reply


@pytest.fixture
def services() -> Services:
    services = Services()
    services.handlers["POST", SESSIONS] = services.create_session
    services.set_reply("DELETE", "/api/v1/auth/sessions/current", 204)
    services.set_reply("GET", "/api/v1/disclosure/activity", 200, {"items": [], "next_cursor": None})
    return services


@pytest.fixture
def answered(services: Services) -> Services:
    """Return the services with an answer to an inquiry."""
    services.set_reply("POST", INQUIRIES, 200, build_reply())
    services.set_reply("GET", STATE, 200, {"inquiry_id": INQUIRY_ID, "permit_state": "active"})
    services.handlers["GET", DOCUMENT] = lambda _: httpx.Response(200, content=b"%PDF-1.7 a letter")
    return services


@pytest.fixture
def settings(broker_url: str, tmp_path: Path) -> Settings:
    key = tmp_path / "portal.cookies"
    key.write_text("a key for tests")
    urls = {f"{name}_url": f"http://{name}" for name in SERVICES}
    return Settings.model_validate(
        {"public_url": "http://localhost", "broker_url": broker_url, "cookie_key_file": key, **urls}
    )


@pytest.fixture
def person(settings: Settings, services: Services) -> Iterator[Person]:
    with open_browser(settings, services) as person:
        yield person


@pytest.fixture
def stranger(settings: Settings, services: Services) -> Iterator[Person]:
    """Yield another person, at another browser and another process of the portal."""
    with open_browser(settings, services) as person:
        yield person
