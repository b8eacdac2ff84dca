"""Signing in and out, sessions that end, and what Redis would tell a thief."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import redis
import time_machine

from gateway.portal.app import create_app
from gateway.portal.settings import Settings
from tests.service.gateway.portal.desk import Person, Services, build_token, grant

ACTIVITY = "/api/v1/disclosure/activity"


def test_sign_in_leads_to_the_wanted_page(person: Person) -> None:
    assert person.get("/home?cursor=abc").location == "/sign-in"
    assert person.sign_in().location == "/home?cursor=abc"
    assert "تامین اجتماعی من" in person.read("/home")


def test_tokens_are_unreadable_in_redis_and_not_in_the_cookie(
    person: Person, services: Services, settings: Settings
) -> None:
    answer = person.sign_in()
    token = build_token("first", scope=services.scopes)
    person.get("/home")
    assert services.requests[-1].headers["Authorization"] == f"Bearer {token}"
    with redis.Redis.from_url(settings.redis_url) as store:
        stored = [store.get(key) or b"" for key in store.keys("govah:portal:*")]
    assert stored
    assert not any(b"access" in one or token.encode() in one for one in stored)
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "SameSite=Lax" in answer.headers["Set-Cookie"]


def test_signing_out_ends_the_session_at_auth_too(person: Person, services: Services) -> None:
    person.sign_in()
    token = re.search(r'name="csrf_token" value="([^"]+)"', person.read("/home"))
    assert token
    assert person.http.post("/sign-out", data={"csrf_token": token[1]}).status_code == 303
    assert len(services.list_requests("DELETE", "/api/v1/auth/sessions/current")) == 1
    assert person.get("/home").location == "/sign-in"


def test_simultaneous_requests_refresh_once(person: Person, services: Services) -> None:
    services.set_reply("POST", "/api/v1/auth/sessions", 200, grant("first", expires_in=30))
    services.set_reply("POST", "/api/v1/auth/sessions/refresh", 200, grant("second"))
    person.sign_in()
    cookie = person.http.get_cookie("govah")
    assert cookie

    def look(_: int) -> int:
        client = person.http.application.test_client()
        client.set_cookie("govah", cookie.value)
        return client.get("/home").status_code

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(look, range(4))) == [200] * 4
    assert len(services.list_requests("POST", "/api/v1/auth/sessions/refresh")) == 1
    assert (
        services.list_requests("GET", ACTIVITY)[-1].headers["Authorization"]
        == f"Bearer {build_token('second')}"
    )


def test_rejected_token_leads_to_the_sign_in(person: Person, services: Services) -> None:
    person.sign_in()
    services.refuse("GET", ACTIVITY, 401, "token-expired")
    assert person.get("/home").location == "/sign-in"
    assert "نشست شما پایان یافته بود" in person.read("/sign-in")


@pytest.mark.parametrize(
    ("user", "page", "path"),
    [
        (None, "/home", ACTIVITY),
        ("officer", "/officer/objections", "/api/v1/records/objections"),
    ],
)
def test_session_that_ended_elsewhere_ends_here(
    person: Person, services: Services, user: str | None, page: str, path: str
) -> None:
    door = "/officer/sign-in" if user else "/sign-in"
    if user:
        person.send(door, username=user, password="correct horse battery")
    else:
        person.sign_in()
    services.refuse("GET", path, 401, "token-invalid")
    assert person.get(page).location == door
    assert len(services.list_requests("GET", path)) == 1
    # Nobody asks with these tokens again.
    assert person.get(page).location == door
    assert len(services.list_requests("GET", path)) == 1
    assert "نشست شما پایان یافته بود" in person.read(door)


def test_session_ends_after_twelve_hours(person: Person) -> None:
    person.sign_in()
    with time_machine.travel(timedelta(hours=12, minutes=1)):
        assert person.get("/home").location == "/sign-in"


def test_public_pages_work_without_redis(settings: Settings) -> None:
    away = create_app(settings.model_copy(update={"broker_url": "redis://127.0.0.1:1"})).test_client()
    assert away.get("/").status_code == 200
    assert away.get("/registration").status_code == 200
    with away.session_transaction() as session:
        session["id"] = "an id"
    assert away.get("/").status_code == 200
    answer = away.get("/home")
    assert answer.status_code == 503
    assert "ورود، خروج و ثبت‌نام" in answer.text
