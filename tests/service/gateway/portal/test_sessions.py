"""Signing in and out, sessions that end, and what Redis would tell a thief."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import redis
import time_machine

from gateway.portal.app import create_app
from gateway.portal.settings import Settings
from tests.service.gateway.portal.conftest import Person, Services, access_token, grant

ACTIVITY = "/api/v1/disclosure/activity"


def test_who_signs_in_gets_to_the_page_they_wanted(person: Person) -> None:
    assert person.get("/home?cursor=abc").location == "/sign-in"
    assert person.sign_in().location == "/home?cursor=abc"
    assert "تامین اجتماعی من" in person.read("/home")


def test_redis_holds_no_token_that_can_be_read_and_the_cookie_none_at_all(
    person: Person, services: Services, settings: Settings
) -> None:
    answer = person.sign_in()
    token = access_token("first", scope=services.scopes)
    person.get("/home")
    assert services.asked[-1].headers["Authorization"] == f"Bearer {token}"
    with redis.Redis.from_url(settings.redis_url) as store:
        kept = [store.get(key) or b"" for key in store.keys("govah:portal:*")]
    assert kept
    assert not any(b"access" in one or token.encode() in one for one in kept)
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert "SameSite=Lax" in answer.headers["Set-Cookie"]


def test_signing_out_ends_the_session_at_auth_too(person: Person, services: Services) -> None:
    person.sign_in()
    token = re.search(r'name="csrf_token" value="([^"]+)"', person.read("/home"))
    assert token
    assert person.http.post("/sign-out", data={"csrf_token": token[1]}).status_code == 303
    assert len(services.sent("DELETE", "/api/v1/auth/sessions/current")) == 1
    assert person.get("/home").location == "/sign-in"


def test_two_requests_at_once_refresh_once(person: Person, services: Services) -> None:
    services.tell("POST", "/api/v1/auth/sessions", 200, grant("first", expires_in=30))
    services.tell("POST", "/api/v1/auth/sessions/refresh", 200, grant("second"))
    person.sign_in()
    cookie = person.http.get_cookie("govah")
    assert cookie

    def look(_: int) -> int:
        client = person.http.application.test_client()
        client.set_cookie("govah", cookie.value)
        return client.get("/home").status_code

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(look, range(4))) == [200] * 4
    assert len(services.sent("POST", "/api/v1/auth/sessions/refresh")) == 1
    assert services.sent("GET", ACTIVITY)[-1].headers["Authorization"] == f"Bearer {access_token('second')}"


def test_a_token_that_is_no_longer_accepted_leads_to_the_sign_in_page(
    person: Person, services: Services
) -> None:
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
def test_a_session_that_ended_elsewhere_is_over_here_too(
    person: Person, services: Services, user: str | None, page: str, path: str
) -> None:
    door = "/officer/sign-in" if user else "/sign-in"
    if user:
        person.send(door, username=user, password="correct horse battery")
    else:
        person.sign_in()
    services.refuse("GET", path, 401, "token-invalid")
    assert person.get(page).location == door
    assert len(services.sent("GET", path)) == 1
    # Nobody asks with these tokens again.
    assert person.get(page).location == door
    assert len(services.sent("GET", path)) == 1
    assert "نشست شما پایان یافته بود" in person.read(door)


def test_a_session_ends_after_twelve_hours_whatever_happens(person: Person) -> None:
    person.sign_in()
    with time_machine.travel(timedelta(hours=12, minutes=1)):
        assert person.get("/home").location == "/sign-in"


def test_without_redis_the_open_pages_go_on(settings: Settings) -> None:
    away = create_app(settings.model_copy(update={"broker_url": "redis://127.0.0.1:1"})).test_client()
    assert away.get("/").status_code == 200
    assert away.get("/registration").status_code == 200
    with away.session_transaction() as session:
        session["id"] = "an id"
    assert away.get("/").status_code == 200
    answer = away.get("/home")
    assert answer.status_code == 503
    assert "ورود، خروج و ثبت‌نام" in answer.text
