"""Who comes to a browser and goes: several people one after another, and sessions that expire."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis

from gateway.portal.settings import Settings
from tests.service.gateway.portal.desk import SESSIONS, Person, Services, grant

DOORS = {"citizen": "/sign-in", "institution": "/institution/sign-in", "officer": "/officer/sign-in"}
CITIZEN = {"national_code": "0084575948"}
STAFF = {"username": "somebody"}


def enter(person: Person, services: Services, name: str, role: str = "citizen", **claims: str) -> None:
    """Sign somebody in at this browser."""
    services.set_reply("POST", SESSIONS, 200, grant(name, 900, role, **claims))
    credentials = CITIZEN if role == "citizen" else STAFF
    assert person.send(DOORS[role], **credentials, password="correct horse battery").status_code == 303


def leave(person: Person) -> None:
    """Sign out by the button."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', person.read("/institution"))
    assert token
    assert person.http.post("/sign-out", data={"csrf_token": token[1]}).status_code == 303


@contextmanager
def ended(settings: Settings) -> Iterator[None]:
    """End the sessions of all browsers, as if they had been idle too long."""
    with redis.Redis.from_url(settings.redis_url) as store:
        assert store.delete(*store.keys("govah:portal:*:session"))
    yield


def sign_in(person: Person, **more: str) -> Any:
    return person.send("/officer/sign-in", username="officer", password="a long password", **more)
