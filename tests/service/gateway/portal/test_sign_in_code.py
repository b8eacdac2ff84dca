"""The code that auth requires on unknown devices, and the cookie by which it recognises one."""

import base64
import json
from typing import Any

import httpx
import pytest

from gateway.portal.settings import Settings
from tests.service.gateway.portal.desk import (
    SESSIONS,
    Person,
    Services,
    grant,
    open_browser,
    read_hidden_fields,
)
from tests.service.gateway.portal.people import CITIZEN, DOORS, STAFF, leave

SIGN_IN_ID = "6f2b2f0e-0000-4000-8000-00000000000a"
PASSWORD = "correct horse battery"
ENDS = "2026-12-01T08:40:00+00:00"
KNOWN = {"citizen": CITIZEN, "officer": STAFF, "institution": STAFF}


def require_code(services: Services, sign_in_id: str = SIGN_IN_ID) -> None:
    services.refuse("POST", SESSIONS, 401, "sign-in-code-required", sign_in_id=sign_in_id, expires_at=ENDS)


def list_bodies(services: Services) -> list[dict[str, Any]]:
    return [json.loads(one.content) for one in services.list_requests("POST", SESSIONS)]


@pytest.mark.parametrize("role", DOORS)
def test_each_door_requires_and_accepts_the_code(person: Person, services: Services, role: str) -> None:
    door, credentials = DOORS[role], KNOWN[role]
    require_code(services)
    response = person.send(door, **credentials, password=PASSWORD)
    page = response.text
    assert response.status_code == 200
    assert "کد ورود هم لازم است" in page
    assert f'value="{next(iter(credentials.values()))}"' in page
    assert PASSWORD not in page
    assert 'autocomplete="one-time-code"' in page
    assert "۱۰ آذر ۱۴۰۵، ساعت ۱۲:۱۰" in page
    services.set_reply("POST", SESSIONS, 200, grant("somebody", role=role))
    fields = {**read_hidden_fields(page), **credentials, "password": PASSWORD, "code": "۱۲۳ ۴۵۶"}
    assert person.http.post(door, data=fields).status_code == 303
    first, second = list_bodies(services)
    assert "sign_in_id" not in first
    assert "code" not in first
    assert second == {**credentials, "password": PASSWORD, "sign_in_id": SIGN_IN_ID, "code": "123456"}


def open_second_form(person: Person, services: Services) -> dict[str, str]:
    """Return the fields of the page that requires the code, filled in."""
    require_code(services)
    page = person.send("/sign-in", **CITIZEN, password=PASSWORD).text
    return {**read_hidden_fields(page), **CITIZEN, "password": PASSWORD, "code": "123456"}


def test_wrong_code_is_reported_and_the_password_typed_again(person: Person, services: Services) -> None:
    fields = open_second_form(person, services)
    services.refuse("POST", SESSIONS, 422, "sign-in-code-wrong")
    page = person.http.post("/sign-in", data=fields).text
    assert '<a href="#code">چون sign-in-code-wrong</a>' in page
    assert f'value="{SIGN_IN_ID}"' in page
    assert 'value="0084575948"' in page
    assert "123456" not in page
    assert PASSWORD not in page


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef"])
def test_malformed_code_is_not_sent(person: Person, services: Services, code: str) -> None:
    fields = open_second_form(person, services)
    page = person.http.post("/sign-in", data={**fields, "code": code}).text
    assert "کد ورود شش رقم است" in page
    assert len(list_bodies(services)) == 1


def test_late_code_is_replaced_by_the_next(person: Person, services: Services) -> None:
    fields = open_second_form(person, services)
    later = SIGN_IN_ID.replace("a", "b")
    require_code(services, later)
    page = person.http.post("/sign-in", data=fields).text
    assert "مهلت آن کد گذشته است" in page
    assert f'value="{later}"' in page
    assert SIGN_IN_ID not in page


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (20, "۱ دقیقه دیگر"),
        (900, "۱۵ دقیقه دیگر"),
        (3600, "۶۰ دقیقه دیگر"),
    ],
)
def test_too_many_codes_show_the_time_to_wait(
    person: Person, services: Services, seconds: int, words: str
) -> None:
    fields = open_second_form(person, services)
    refusal = {"code": "too-many-attempts", "title": "نه", "detail": "1440 دقیقه"}
    services.set_reply("POST", SESSIONS, 429, refusal, **{"Retry-After": str(seconds)})
    page = person.http.post("/sign-in", data=fields).text
    assert f"{words} دوباره تلاش کنید." in page
    # The code of before is good for nothing now.
    assert SIGN_IN_ID not in page
    assert "<h1>ورود به سامانه</h1>" in page


def test_malformed_sign_in_id_is_the_first_form(person: Person, services: Services) -> None:
    person.send("/sign-in", **CITIZEN, password=PASSWORD, sign_in_id='"><script>', code="123456")
    (sent,) = list_bodies(services)
    assert sent == {**CITIZEN, "password": PASSWORD}


def test_code_page_is_translated(person: Person, services: Services) -> None:
    person.get("/?lang=en")
    require_code(services)
    assert "You also need a sign-in code" in person.send("/sign-in", **CITIZEN, password=PASSWORD).text


# The device cookie.


def register_devices(services: Services) -> None:
    """Auth gives each person a device token with a right sign-in without one."""

    def create_session(request: httpx.Request) -> httpx.Response:
        sent = json.loads(request.content)
        name = sent.get("national_code") or sent["username"]
        token = {} if "device_token" in sent else {"device_token": f"device-of-{name}"}
        return httpx.Response(200, json=grant(name, role=services.accounts.get(name, "citizen")) | token)

    services.handlers["POST", SESSIONS] = create_session


def sign_in(person: Person, national_code: str = CITIZEN["national_code"]) -> Any:
    return person.send("/sign-in", national_code=national_code, password=PASSWORD)


def read_device_cookie(person: Person, name: str = "govah-device") -> str:
    cookie = person.http.get_cookie(name)
    assert cookie
    return cookie.value


def test_device_is_recognised_after_signing_out(person: Person, services: Services) -> None:
    register_devices(services)
    (set_cookie,) = [
        one for one in sign_in(person).headers.getlist("Set-Cookie") if one.startswith("govah-device=")
    ]
    assert "HttpOnly" in set_cookie
    assert "SameSite=Lax" in set_cookie
    assert "Max-Age=31536000" in set_cookie
    assert "Path=/" in set_cookie
    leave(person)
    # Known by its number, however that is spelled.
    sign_in(person, "۰۰۸-۴۵۷۵۹۴-۸")
    assert [one.get("device_token") for one in list_bodies(services)] == [None, "device-of-0084575948"]


def test_cookie_over_https_is_restricted_to_https_and_host(settings: Settings, services: Services) -> None:
    register_devices(services)
    secure = settings.model_copy(update={"public_url": "https://govah.example"})
    with open_browser(secure, services) as person:
        page = person.http.get("/sign-in", base_url="https://govah.example").text
        fields = {**read_hidden_fields(page), **CITIZEN, "password": PASSWORD}
        answer = person.http.post("/sign-in", base_url="https://govah.example", data=fields)
    (set_cookie,) = [one for one in answer.headers.getlist("Set-Cookie") if "device" in one]
    assert set_cookie.startswith("__Host-govah-device=")
    assert "; Secure;" in set_cookie
    assert "Domain" not in set_cookie


def test_cookie_reveals_no_names_and_no_tokens(person: Person, services: Services) -> None:
    register_devices(services)
    sign_in(person)
    cookie = read_device_cookie(person)
    raw = base64.urlsafe_b64decode(cookie)
    assert b"0084575948" not in raw
    assert b"device-of" not in raw


def test_token_is_sent_only_for_its_person(person: Person, services: Services) -> None:
    register_devices(services)
    sign_in(person)
    person.send(DOORS["officer"], username="officer", password=PASSWORD)
    person.send(DOORS["officer"], username=" Officer ", password=PASSWORD)
    assert [one.get("device_token") for one in list_bodies(services)] == [None, None, "device-of-officer"]


def test_cookie_holds_the_latest_five_people(person: Person, services: Services) -> None:
    register_devices(services)
    people = ["0084575948", "0076229645", "0499370899", "0790419904", "0067749828", "0013542419"]
    for one in people:
        assert sign_in(person, one).status_code == 303
    services.requests.clear()
    for one in people[1:] + people[:1]:
        sign_in(person, one)
    assert [one.get("device_token") for one in list_bodies(services)] == [
        f"device-of-{one}" for one in people[1:]
    ] + [None]


@pytest.mark.parametrize(
    "change", [lambda _: "", lambda _: "é", lambda _: "AAAA", lambda cookie: cookie[:-8] + "AAAAAAA="]
)
def test_foreign_cookie_is_ignored(person: Person, services: Services, change: Any) -> None:
    register_devices(services)
    sign_in(person)
    person.http.set_cookie("govah-device", change(read_device_cookie(person)))
    assert sign_in(person).status_code == 303
    assert "device_token" not in list_bodies(services)[-1]


def test_oversized_token_is_left_out(person: Person, services: Services) -> None:
    services.set_reply("POST", SESSIONS, 200, grant("first") | {"device_token": "x" * 5000})
    assert sign_in(person).status_code == 303
    sign_in(person)
    assert "device_token" not in list_bodies(services)[-1]


def test_device_is_recognised_after_the_wrong_door(person: Person, services: Services) -> None:
    register_devices(services)
    person.send(DOORS["officer"], username="clerk", password=PASSWORD)
    person.send(DOORS["institution"], username="clerk", password=PASSWORD)
    assert [one.get("device_token") for one in list_bodies(services)] == [None, "device-of-clerk"]


# Wrong one-time codes since the last sign-in.


@pytest.mark.parametrize("role", ["officer", "institution"])
def test_staff_see_wrong_codes_once(person: Person, services: Services, role: str) -> None:
    services.set_reply("GET", "/api/v1/records/lists", 200, {"items": [], "next_cursor": None})
    services.set_reply("POST", SESSIONS, 200, grant("somebody", role=role) | {"wrong_codes": 3})
    home = person.send(DOORS[role], **STAFF, password=PASSWORD).location
    page = person.read(home)
    assert "از ورود پیشین شما ۳ بار کد یک‌بارمصرف نادرست وارد شده است." in page
    assert "گذرواژه تازه بخواهید" in page
    assert "کد یک‌بارمصرف نادرست" not in person.read(home)


@pytest.mark.parametrize("more", [{}, {"wrong_codes": 0}, {"wrong_codes": None}])
def test_no_note_without_wrong_codes(person: Person, services: Services, more: dict[str, Any]) -> None:
    services.set_reply("POST", SESSIONS, 200, grant("somebody", role="officer") | more)
    home = person.send(DOORS["officer"], **STAFF, password=PASSWORD).location
    assert "کد یک‌بارمصرف نادرست" not in person.read(home)


def test_note_about_one_wrong_code_is_singular(person: Person, services: Services) -> None:
    person.get("/?lang=en")
    services.set_reply("POST", SESSIONS, 200, grant("somebody", role="officer") | {"wrong_codes": 1})
    home = person.send(DOORS["officer"], **STAFF, password=PASSWORD).location
    assert "entered 1 time since you last signed in" in person.read(home)
