"""What was typed, wanted and said is one person's: the next one at the browser sees nothing of it."""

import re
from datetime import timedelta

import pytest
import redis
import time_machine

from gateway.portal.settings import Settings
from tests.service.gateway.portal.desk import SESSIONS, Person, Services, grant, read_hidden_fields
from tests.service.gateway.portal.people import ended, enter, leave

ID = "6f2b2f0e-0000-4000-8000-000000000001"
MISSING = "/record/objections/missing"
TEXT = "دو ماه در یزد کار کرده‌ام."
HERE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(autouse=True)
def records(services: Services) -> None:
    services.set_reply("GET", "/api/v1/records/me/objections", 200, {"items": [], "next_cursor": None})


def lose(person: Person, settings: Settings, path: str = MISSING, **typed: str) -> None:
    """Type into a form of a session that ends before it is sent."""
    fields = read_hidden_fields(person.read(path))
    with ended(settings):
        assert person.http.post(path, data={**fields, **typed}).status_code == 302


def test_draft_is_restored_for_its_person(person: Person, services: Services, settings: Settings) -> None:
    enter(person, services, "maryam")
    lose(person, settings, text=TEXT)
    assert "برای خود شما نگه داشته شده است" in person.read("/sign-in")
    enter(person, services, "maryam")
    assert TEXT in person.read(MISSING)


def test_draft_of_another_page_is_not_said_to_be_this_ones(
    person: Person, services: Services, settings: Settings
) -> None:
    enter(person, services, "maryam")
    lose(person, settings, text=TEXT)
    assert "نگه داشته شده است" in person.read("/sign-in")
    assert person.get("/home").location == "/sign-in"
    page = person.read("/sign-in")
    assert "نشست شما پایان یافته بود" in page
    assert "نگه داشته شده است" not in page


@pytest.mark.parametrize(
    ("name", "role"), [("reza", "citizen"), ("maryam", "officer"), ("maryam", "institution")]
)
def test_draft_is_hidden_from_the_next_person_at_the_browser(
    person: Person, services: Services, settings: Settings, name: str, role: str
) -> None:
    enter(person, services, "maryam")
    lose(person, settings, text=TEXT)
    enter(person, services, name, role)
    assert TEXT not in person.read(MISSING)
    # Nor is it there again for whose it was, once another person has been here.
    enter(person, services, "maryam")
    assert TEXT not in person.read(MISSING)


def open_form(person: Person, services: Services) -> dict[str, str]:
    """Return the fields of a form in a window that stays open."""
    enter(person, services, "maryam")
    return {**read_hidden_fields(person.read(MISSING)), "text": TEXT}


def test_form_survives_signing_out_in_another_window(person: Person, services: Services) -> None:
    fields = open_form(person, services)
    leave(person)
    assert person.http.post(MISSING, data=fields, headers=HERE).location == MISSING
    assert person.get(MISSING).location == "/sign-in"
    assert "برای خود شما نگه داشته شده است" in person.read("/sign-in")
    services.set_reply("POST", SESSIONS, 200, grant("maryam"))
    assert person.sign_in().location == MISSING
    assert TEXT in person.read(MISSING)


def test_form_of_an_open_window_belongs_to_its_person(person: Person, services: Services) -> None:
    fields = open_form(person, services)
    leave(person)
    person.http.post(MISSING, data=fields, headers=HERE)
    person.get(MISSING)
    services.set_reply("POST", SESSIONS, 200, grant("reza"))
    assert person.sign_in().location == "/home"
    assert TEXT not in person.read(MISSING)
    # Nor does it become his by being sent in his session.
    assert person.http.post(MISSING, data=fields, headers=HERE).location == MISSING
    page = person.read(MISSING)
    assert TEXT not in page
    assert "صفحه قدیمی شده بود" in page
    assert services.list_requests("POST", "/api/v1/records/me/objections") == []


@pytest.mark.parametrize("made_for", ["", "x", "0" * 31, "0" * 33, "nobody", "*"])
def test_form_with_an_invalid_tag_belongs_to_the_reader(
    person: Person, services: Services, made_for: str
) -> None:
    fields = open_form(person, services) | {"made_for": made_for, "csrf_token": "old"}
    person.http.post(MISSING, data=fields, headers=HERE)
    assert TEXT in person.read(MISSING)


def test_next_person_is_not_redirected_to_an_earlier_page(
    person: Person, services: Services, settings: Settings
) -> None:
    services.set_reply("GET", "/api/v1/disclosure/inbox", 200, {"items": [], "next_cursor": None})
    services.set_reply("GET", "/api/v1/disclosure/requests", 200, {"items": [], "next_cursor": None})
    for name, led_to in (("reza", "/home"), ("maryam", "/inbox?cursor=hers")):
        enter(person, services, "maryam")
        with ended(settings):
            assert person.get("/inbox?cursor=hers").location == "/sign-in"
        services.set_reply("POST", SESSIONS, 200, grant(name))
        assert person.sign_in().location == led_to


def test_wanted_page_expires_after_half_an_hour(person: Person) -> None:
    person.get("/inbox?cursor=old")
    with time_machine.travel(timedelta(minutes=31)):
        assert person.sign_in().location == "/home"


def test_signing_out_deletes_everything(person: Person, services: Services, settings: Settings) -> None:
    enter(person, services, "maryam")
    del services.handlers["GET", "/api/v1/records/me/objections"]
    fields = read_hidden_fields(person.read("/registration"))
    person.http.post("/registration", data={**fields, "mobile": "09120000000"})
    old = person.http.get_cookie("govah")
    assert old
    leave(person)
    with redis.Redis.from_url(settings.redis_url) as store:
        assert store.keys("govah:portal*") == []
    # The cookie of before opens nothing either.
    person.http.set_cookie("govah", old.value)
    assert person.get("/home").location == "/sign-in"
    assert "09120000000" not in person.read("/registration")


def test_anonymous_draft_is_deleted_by_a_sign_in(person: Person, services: Services) -> None:
    typed = {"mobile": "۰۹۱۲۰۰۰۰۰۰۰"}
    page = []
    for meanwhile in (False, True):
        person.http.post("/registration", data=typed, headers=HERE)
        if meanwhile:
            enter(person, services, "maryam")
            page.append(person.read("/registration"))
            leave(person)
        page.append(person.read("/registration"))
    assert [typed["mobile"] in page for page in page] == [True, False, False]


def test_anonymous_draft_expires_after_minutes(person: Person, settings: Settings) -> None:
    person.http.post("/registration", data={"mobile": "09120000000"}, headers=HERE)
    with redis.Redis.from_url(settings.redis_url) as store:
        (key,) = store.keys("govah:portal:*typed*")
        assert 0 < store.ttl(key) <= 10 * 60


@pytest.mark.parametrize("path", ["/sign-in", f"/forgotten-password/{ID}"])
def test_form_with_a_password_is_not_saved(person: Person, settings: Settings, path: str) -> None:
    typed = {"national_code": "0084575948", "password": "correct horse battery"}
    assert person.http.post(path, data=typed, headers=HERE).location == path
    with redis.Redis.from_url(settings.redis_url) as store:
        assert store.keys("govah:portal:*") == []
    assert "صفحه قدیمی شده بود" in person.read(path)


def test_draft_of_a_person_is_hidden_from_anonymous_readers(
    person: Person, services: Services, settings: Settings
) -> None:
    enter(person, services, "maryam")
    assert (
        person.send(
            "/registration",
            mobile="۰۹۱۲۰۰۰۰۰۰۰",
            national_code="0084575948",
            birth_date_jalali=["1", "1", "1360"],
        ).status_code
        == 503
    )
    with ended(settings):
        assert "۰۹۱۲۰۰۰۰۰۰۰" not in person.read("/registration")


def test_form_of_another_person_is_not_sent_in_the_readers_name(person: Person, services: Services) -> None:
    enter(person, services, "maryam")
    fields = read_hidden_fields(person.read(MISSING))
    enter(person, services, "reza")
    sent = person.http.post(MISSING, data={**fields, "text": TEXT}, headers={"Sec-Fetch-Site": "cross-site"})
    assert sent.status_code == 400
    assert services.list_requests("POST", "/api/v1/records/me/objections") == []


def test_button_of_an_old_page_does_nothing(person: Person, services: Services) -> None:
    enter(person, services, "maryam")
    token = re.search(r'name="csrf_token" value="([^"]+)"', person.read("/home"))
    assert token
    enter(person, services, "maryam")
    came_from = {**HERE, "Referer": "http://localhost/home"}
    sent = person.http.post("/sign-out", data={"csrf_token": token[1]}, headers=came_from)
    assert (sent.status_code, sent.location) == (303, "/home")
    assert "صفحه قدیمی شده بود" in person.read("/home")
    elsewhere = {**HERE, "Referer": "http://elsewhere.example/home"}
    assert person.http.post("/sign-out", data={"csrf_token": token[1]}, headers=elsewhere).location == "/"


def test_note_for_one_person_is_hidden_from_the_next(person: Person, services: Services) -> None:
    with person.http.session_transaction() as session:
        session["note"] = "permit-revoked"
        session["refused"] = {"code": "permit-paused", "status": 410, "detail": "x", "language": "fa"}
    enter(person, services, "maryam")
    assert "مجوز لغو شد" not in person.read("/home")
    assert person.get("/institution/refused").location == "/institution/inquiry"


def test_language_survives_sign_in_and_out(person: Person, services: Services) -> None:
    person.get("/?lang=en")
    enter(person, services, "maryam")
    assert 'lang="en"' in person.read("/home")
    leave(person)
    assert 'lang="en"' in person.read("/")


def test_ended_session_without_a_draft_mentions_no_draft(
    person: Person, services: Services, settings: Settings
) -> None:
    enter(person, services, "maryam")
    pressed = f"/permits/{ID}/pause"
    for send in (lambda _word: person.get("/home"), lambda word: person.http.post(pressed, data=word)):
        word = re.search(r'name="csrf_token" value="([^"]+)"', person.read("/home"))
        assert word
        with ended(settings):
            assert send({"csrf_token": word[1]}).location == "/sign-in"
        page = person.read("/sign-in")
        assert "نشست شما پایان یافته بود" in page
        assert "نگه داشته شده است" not in page
        # A button alone has no page to return to.
        assert person.sign_in().location == "/home"
