"""What goes wrong in people's hands: sessions that end in the middle of a form, and odd things typed."""

import re
from typing import Any

import pytest
import redis

from gateway.portal import drafts
from gateway.portal.sessions import IDLE, POLL_HEADER
from gateway.portal.settings import Settings
from tests.service.gateway.portal.conftest import Person, Services, hidden

ID = "6f2b2f0e-0000-4000-8000-000000000001"
ACTIVATION = f"/api/v1/auth/registrations/{ID}/activation"
SERIAL = "4071829365018"
Fields = dict[str, str | list[str]]
CITIZEN: Fields = {"national_code": "0084575948", "password": "correct horse battery"}
CLERK: Fields = {"username": "clerk", "password": "correct horse battery"}
OFFICER = CLERK | {"username": "officer"}
# The page with the form, the sign-in page of its role, who signs in, what is typed into the form.
FORMS: dict[str, tuple[str, str, Fields, Fields]] = {
    "citizen": (
        "/record/objections/missing",
        "/sign-in",
        CITIZEN,
        {"text": "دو ماه در یزد کار کرده‌ام."},
    ),
    "institution": (
        f"/institution/answers/{ID}/discrepancy",
        "/institution/sign-in",
        CLERK,
        {"text": "در مدارک ما سی روز کار است.", "year": "۱۴۰۳"},
    ),
    "officer": (
        "/officer/letters/revocation",
        "/officer/sign-in",
        OFFICER,
        {"reason": "به اشتباه صادر شد.", "serial": SERIAL},
    ),
}


def seconds_left(settings: Settings, limit: int | None = None) -> int:
    """How long the session lives yet; with a limit not longer than that."""
    with redis.Redis.from_url(settings.redis_url) as store:
        (key,) = store.keys("govah:portal:*:session")
        if limit is not None:
            store.expire(key, limit)
        left: int = store.ttl(key)
        return left


@pytest.fixture(autouse=True)
def records(services: Services) -> None:
    services.tell("GET", "/api/v1/records/me/objections", 200, {"items": [], "next_cursor": None})
    person = {"first_name": "مریم", "last_name": "رضایی", "national_code": "0084575948"}
    services.tell("GET", "/api/v1/records/me", 200, {"person": person, "open_objections": []})


@pytest.mark.parametrize("role", FORMS)
def test_a_form_sent_after_the_idle_end_comes_back_filled_in_after_signing_in(
    person: Person, services: Services, settings: Settings, role: str
) -> None:
    path, door, credentials, typed = FORMS[role]
    person.send(door, **credentials)
    page = person.get(path)
    assert page.status_code == 200, page.location
    fields = hidden(page.text)
    seconds_left(settings, limit=0)
    assert person.http.post(path, data={**fields, **typed}).location == door
    assert "نشست شما پایان یافته بود" in person.read(door)
    assert person.send(door, **credentials).location == path
    again = person.read(path)
    assert all(str(one) in again for one in typed.values())
    assert not [one for one in services.asked if one.method == "POST" and "sessions" not in one.url.path]


def test_every_page_a_person_opens_gives_another_twenty_minutes_and_polling_none(
    person: Person, settings: Settings
) -> None:
    person.sign_in()
    assert IDLE == 20 * 60
    seconds_left(settings, limit=60)
    person.http.get("/home", headers={POLL_HEADER: "1"})
    assert seconds_left(settings) <= 60
    person.get("/home")
    assert seconds_left(settings) > IDLE - 60
    seconds_left(settings, limit=60)
    token = re.search(r'name="csrf_token" value="([^"]+)"', person.read("/home"))
    assert token
    seconds_left(settings, limit=60)
    assert person.http.post("/stay", data={"csrf_token": token[1]}).status_code == 204
    assert seconds_left(settings) > IDLE - 60


def test_what_was_typed_waits_longer_than_a_session_does() -> None:
    assert drafts.LIFETIME > IDLE


def test_too_many_requests_are_a_page_that_says_when_to_come_again(
    person: Person, services: Services
) -> None:
    person.sign_in()
    services.tell(
        "GET",
        "/api/v1/disclosure/activity",
        429,
        {"code": "too-many-requests", "title": "درخواست‌ها بیش از حد مجاز است", "detail": "کمی صبر کنید."},
        **{"Retry-After": "90"},
    )
    answer = person.get("/home")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "90")
    page = answer.text
    assert "کمی صبر کنید." in page
    assert answer.headers["X-Request-ID"] in page


def activation(person: Person, services: Services, **fields: str) -> Any:
    services.tell("GET", f"/api/v1/auth/registrations/{ID}", 200, {"status": "code-sent"})
    return person.send(f"/registration/{ID}", **fields)


def test_a_code_is_read_with_spaces_and_in_mixed_digits(person: Person, services: Services) -> None:
    services.tell("POST", ACTIVATION, 201, {})
    answer = activation(person, services, activation_code=" ۱۲٣ 4-5۶ ", password="four words in a row")
    assert answer.location == "/sign-in"
    assert b'"activation_code":"123456"' in services.sent("POST", ACTIVATION)[0].content


def test_a_password_of_two_characters_is_refused_beside_its_field(person: Person, services: Services) -> None:
    wrong = [{"field": "password", "message": "گذرواژه دست‌کم ۱۰ نویسه است."}]
    services.refuse("POST", ACTIVATION, 422, "validation", errors=wrong)
    page = activation(person, services, activation_code="123456", password="ab").text
    assert '<a href="#password">گذرواژه دست‌کم ۱۰ نویسه است.</a>' in page
    assert 'value="ab"' not in page
