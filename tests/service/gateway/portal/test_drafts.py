"""What was typed, wanted and said is one person's: the next one at the browser sees nothing of it."""

import re
from datetime import timedelta

import pytest
import redis
import time_machine

from gateway.portal.settings import Settings
from tests.service.gateway.portal.conftest import SESSIONS, Person, Services, grant, hidden
from tests.service.gateway.portal.people import ended, enter, leave

ID = "6f2b2f0e-0000-4000-8000-000000000001"
MISSING = "/record/objections/missing"
TEXT = "دو ماه در یزد کار کرده‌ام."
HERE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(autouse=True)
def records(services: Services) -> None:
    services.tell("GET", "/api/v1/records/me/objections", 200, {"items": [], "next_cursor": None})


def lose(person: Person, settings: Settings, path: str = MISSING, **typed: str) -> None:
    """Type into a form of a session that ends before it is sent."""
    fields = hidden(person.read(path))
    with ended(settings):
        assert person.http.post(path, data={**fields, **typed}).status_code == 302


def test_a_draft_is_there_for_the_person_who_typed_it(
    person: Person, services: Services, settings: Settings
) -> None:
    enter(person, services, "maryam")
    lose(person, settings, text=TEXT)
    assert "برای خود شما نگه داشته شده است" in person.read("/sign-in")
    enter(person, services, "maryam")
    assert TEXT in person.read(MISSING)


@pytest.mark.parametrize(
    ("name", "role"), [("reza", "citizen"), ("maryam", "officer"), ("maryam", "institution")]
)
def test_a_draft_is_not_for_the_next_person_at_the_browser(
    person: Person, services: Services, settings: Settings, name: str, role: str
) -> None:
    enter(person, services, "maryam")
    lose(person, settings, text=TEXT)
    enter(person, services, name, role)
    assert TEXT not in person.read(MISSING)
    # Nor is it there again for whose it was, once another person has been here.
    enter(person, services, "maryam")
    assert TEXT not in person.read(MISSING)


def left_open(person: Person, services: Services) -> dict[str, str]:
    """The fields of a form in a window of hers, which stays open."""
    enter(person, services, "maryam")
    return {**hidden(person.read(MISSING)), "text": TEXT}


def test_a_form_in_one_window_outlives_leaving_in_another(person: Person, services: Services) -> None:
    fields = left_open(person, services)
    leave(person)
    assert person.http.post(MISSING, data=fields, headers=HERE).location == MISSING
    assert person.get(MISSING).location == "/sign-in"
    assert "برای خود شما نگه داشته شده است" in person.read("/sign-in")
    services.tell("POST", SESSIONS, 200, grant("maryam"))
    assert person.sign_in().location == MISSING
    assert TEXT in person.read(MISSING)


def test_a_window_left_open_is_its_persons_whoever_sends_it(person: Person, services: Services) -> None:
    fields = left_open(person, services)
    leave(person)
    person.http.post(MISSING, data=fields, headers=HERE)
    person.get(MISSING)
    services.tell("POST", SESSIONS, 200, grant("reza"))
    assert person.sign_in().location == "/home"
    assert TEXT not in person.read(MISSING)
    # Nor does it become his by being sent in his session.
    assert person.http.post(MISSING, data=fields, headers=HERE).location == MISSING
    shown = person.read(MISSING)
    assert TEXT not in shown
    assert "صفحه قدیمی شده بود" in shown
    assert services.sent("POST", "/api/v1/records/me/objections") == []


@pytest.mark.parametrize("made_for", ["", "x", "0" * 31, "0" * 33, "nobody", "*"])
def test_a_form_that_names_nobody_rightly_is_the_readers(
    person: Person, services: Services, made_for: str
) -> None:
    fields = left_open(person, services) | {"made_for": made_for, "csrf_token": "old"}
    person.http.post(MISSING, data=fields, headers=HERE)
    assert TEXT in person.read(MISSING)


def test_the_next_person_is_not_led_to_the_page_of_the_one_before(
    person: Person, services: Services, settings: Settings
) -> None:
    services.tell("GET", "/api/v1/disclosure/inbox", 200, {"items": [], "next_cursor": None})
    services.tell("GET", "/api/v1/disclosure/requests", 200, {"items": [], "next_cursor": None})
    for name, led_to in (("reza", "/home"), ("maryam", "/inbox?cursor=hers")):
        enter(person, services, "maryam")
        with ended(settings):
            assert person.get("/inbox?cursor=hers").location == "/sign-in"
        services.tell("POST", SESSIONS, 200, grant(name))
        assert person.sign_in().location == led_to


def test_a_page_that_nobody_had_wanted_for_half_an_hour_is_not_gone_to(person: Person) -> None:
    person.get("/inbox?cursor=old")
    with time_machine.travel(timedelta(minutes=31)):
        assert person.sign_in().location == "/home"


def test_after_signing_out_everything_is_gone(person: Person, services: Services, settings: Settings) -> None:
    enter(person, services, "maryam")
    del services.answers["GET", "/api/v1/records/me/objections"]
    fields = hidden(person.read("/registration"))
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


def test_what_nobody_typed_waits_for_nobody_and_goes_when_a_person_signs_in(
    person: Person, services: Services
) -> None:
    typed = {"mobile": "۰۹۱۲۰۰۰۰۰۰۰"}
    shown = []
    for meanwhile in (False, True):
        person.http.post("/registration", data=typed, headers=HERE)
        if meanwhile:
            enter(person, services, "maryam")
            shown.append(person.read("/registration"))
            leave(person)
        shown.append(person.read("/registration"))
    assert [typed["mobile"] in page for page in shown] == [True, False, False]


def test_what_nobody_typed_is_kept_for_minutes_only(person: Person, settings: Settings) -> None:
    person.http.post("/registration", data={"mobile": "09120000000"}, headers=HERE)
    with redis.Redis.from_url(settings.redis_url) as store:
        (key,) = store.keys("govah:portal:*typed*")
        assert 0 < store.ttl(key) <= 10 * 60


@pytest.mark.parametrize("path", ["/sign-in", f"/forgotten-password/{ID}"])
def test_of_a_form_with_a_password_nothing_is_kept_and_that_is_said(
    person: Person, settings: Settings, path: str
) -> None:
    typed = {"national_code": "0084575948", "password": "correct horse battery"}
    assert person.http.post(path, data=typed, headers=HERE).location == path
    with redis.Redis.from_url(settings.redis_url) as store:
        assert store.keys("govah:portal:*") == []
    assert "صفحه قدیمی شده بود" in person.read(path)


def test_what_a_person_typed_into_an_open_form_is_not_for_the_next_stranger(
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


def test_a_form_that_was_open_before_another_person_came_is_not_sent_in_their_name(
    person: Person, services: Services
) -> None:
    enter(person, services, "maryam")
    fields = hidden(person.read(MISSING))
    enter(person, services, "reza")
    sent = person.http.post(MISSING, data={**fields, "text": TEXT}, headers={"Sec-Fetch-Site": "cross-site"})
    assert sent.status_code == 400
    assert services.sent("POST", "/api/v1/records/me/objections") == []


def test_a_button_of_a_page_from_before_does_nothing_and_says_so(person: Person, services: Services) -> None:
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


def test_words_for_one_person_are_not_shown_to_the_next(person: Person, services: Services) -> None:
    with person.http.session_transaction() as session:
        session["note"] = "permit-revoked"
        session["refused"] = {"code": "permit-paused", "status": 410, "detail": "x", "language": "fa"}
    enter(person, services, "maryam")
    assert "مجوز لغو شد" not in person.read("/home")
    assert person.get("/institution/refused").location == "/institution/inquiry"


def test_the_language_stays(person: Person, services: Services) -> None:
    person.get("/?lang=en")
    enter(person, services, "maryam")
    assert 'lang="en"' in person.read("/home")
    leave(person)
    assert 'lang="en"' in person.read("/")


def test_a_session_that_ended_without_anything_typed_says_no_more_than_that(
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
        # What only a button sends is no page to come back to.
        assert person.sign_in().location == "/home"
