"""What goes wrong in people's hands: sessions that end in the middle of a form, and odd things typed."""

import re
from typing import Any

import pytest
import redis

from gateway.portal import drafts
from gateway.portal.sessions import IDLE, POLL_HEADER
from gateway.portal.settings import Settings
from tests.service.gateway.portal.desk import Person, Services, read_hidden_fields

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


def read_seconds_left(settings: Settings, limit: int | None = None) -> int:
    """How long the session lives yet; with a limit not longer than that."""
    with redis.Redis.from_url(settings.redis_url) as store:
        (key,) = store.keys("govah:portal:*:session")
        if limit is not None:
            store.expire(key, limit)
        left: int = store.ttl(key)
        return left


@pytest.fixture(autouse=True)
def records(services: Services) -> None:
    services.set_reply("GET", "/api/v1/records/me/objections", 200, {"items": [], "next_cursor": None})
    person = {"first_name": "مریم", "last_name": "رضایی", "national_code": "0084575948"}
    services.set_reply("GET", "/api/v1/records/me", 200, {"person": person, "open_objections": []})


@pytest.mark.parametrize("role", FORMS)
def test_form_of_an_idle_session_is_restored_after_sign_in(
    person: Person, services: Services, settings: Settings, role: str
) -> None:
    path, door, credentials, typed = FORMS[role]
    person.send(door, **credentials)
    page = person.get(path)
    assert page.status_code == 200, page.location
    fields = read_hidden_fields(page.text)
    read_seconds_left(settings, limit=0)
    assert person.http.post(path, data={**fields, **typed}).location == door
    assert "نشست شما پایان یافته بود" in person.read(door)
    assert person.send(door, **credentials).location == path
    again = person.read(path)
    assert all(str(one) in again for one in typed.values())
    assert not [one for one in services.requests if one.method == "POST" and "sessions" not in one.url.path]


def test_pages_extend_a_session_and_polling_does_not(person: Person, settings: Settings) -> None:
    person.sign_in()
    assert IDLE == 20 * 60
    read_seconds_left(settings, limit=60)
    person.http.get("/home", headers={POLL_HEADER: "1"})
    assert read_seconds_left(settings) <= 60
    person.get("/home")
    assert read_seconds_left(settings) > IDLE - 60
    read_seconds_left(settings, limit=60)
    token = re.search(r'name="csrf_token" value="([^"]+)"', person.read("/home"))
    assert token
    read_seconds_left(settings, limit=60)
    assert person.http.post("/stay", data={"csrf_token": token[1]}).status_code == 204
    assert read_seconds_left(settings) > IDLE - 60


def test_draft_outlives_an_idle_session() -> None:
    assert drafts.LIFETIME > IDLE


def test_too_many_requests_get_a_page_with_the_time_to_wait(person: Person, services: Services) -> None:
    person.sign_in()
    services.set_reply(
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


def activate(person: Person, services: Services, **fields: str) -> Any:
    services.set_reply("GET", f"/api/v1/auth/registrations/{ID}", 200, {"status": "code-sent"})
    return person.send(f"/registration/{ID}", **fields)


def test_a_code_is_read_with_spaces_and_in_mixed_digits(person: Person, services: Services) -> None:
    services.set_reply("POST", ACTIVATION, 201, {})
    answer = activate(person, services, activation_code=" ۱۲٣ 4-5۶ ", password="four words in a row")
    assert answer.location == "/sign-in"
    assert b'"activation_code":"123456"' in services.list_requests("POST", ACTIVATION)[0].content


def test_short_password_is_rejected_beside_its_field(person: Person, services: Services) -> None:
    wrong = [{"field": "password", "message": "گذرواژه دست‌کم ۱۰ نویسه است."}]
    services.refuse("POST", ACTIVATION, 422, "validation", errors=wrong)
    page = activate(person, services, activation_code="123456", password="ab").text
    assert '<a href="#password">گذرواژه دست‌کم ۱۰ نویسه است.</a>' in page
    assert 'value="ab"' not in page
