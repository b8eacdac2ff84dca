"""An answer is one reader's: no other browser's, and not the next person's at the same one."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import redis
import time_machine

from gateway.portal.settings import Settings
from tests.service.gateway.portal.conftest import SESSIONS, Person, Services, access_token, grant, hidden
from tests.service.gateway.portal.inquiries import ANSWER, DISCREPANCIES, FORM, INQUIRIES, TYPED
from tests.service.gateway.portal.people import DOORS, ended, enter, leave


def asked(person: Person) -> dict[str, str]:
    """The fields of an inquiry that was answered."""
    fields = {**hidden(person.read(FORM)), **TYPED}
    assert person.http.post(FORM, data=fields).location == ANSWER
    return fields


def replay(other: Person, fields: dict[str, str]) -> str:
    """What somebody gets for the very same form; the token against forgery is their own."""
    own = hidden(other.read(FORM))
    other.http.post(FORM, data={**fields, "csrf_token": own["csrf_token"]})
    return other.read(ANSWER)


def at_another_browser(_person: Person, stranger: Person, _services: Services) -> Person:
    return stranger


def by_another_clerk(_person: Person, stranger: Person, services: Services) -> Person:
    enter(stranger, services, "sara", "institution", institution_id="2")
    return stranger


def by_a_colleague_at_the_same_browser(person: Person, _stranger: Person, services: Services) -> Person:
    enter(person, services, "sara", "institution", institution_id="1")
    return person


def after_signing_out_and_in(person: Person, _stranger: Person, services: Services) -> Person:
    leave(person)
    enter(person, services, "first", "institution", institution_id="1")
    return person


def after_signing_out(person: Person, _stranger: Person, _services: Services) -> Person:
    leave(person)
    return person


def by_a_citizen(person: Person, _stranger: Person, services: Services) -> Person:
    enter(person, services, "maryam")
    return person


@pytest.mark.parametrize(
    "becomes",
    [
        at_another_browser,
        by_another_clerk,
        by_a_colleague_at_the_same_browser,
        after_signing_out_and_in,
        after_signing_out,
        by_a_citizen,
    ],
)
def test_an_answer_to_a_clerk_is_replayed_to_nobody_else(
    person: Person,
    stranger: Person,
    answered: Services,
    becomes: Callable[[Person, Person, Services], Person],
) -> None:
    enter(person, answered, "first", "institution", institution_id="1")
    fields = asked(person)
    answered.refuse("POST", INQUIRIES, 404, "code-not-accepted")
    other = becomes(person, stranger, answered)
    assert "سحر احمدی" not in other.read(ANSWER)
    assert "سحر احمدی" not in replay(other, fields)
    # It was asked anew, in the name of who asked, and refused.
    assert len(answered.sent("POST", INQUIRIES)) == 2
    assert "پذیرفته نشد" in other.read("/institution/refused")


def test_an_answer_to_nobody_is_not_for_who_signs_in_next(person: Person, answered: Services) -> None:
    fields = asked(person)
    answered.refuse("POST", INQUIRIES, 404, "code-not-accepted")
    enter(person, answered, "first", "institution", institution_id="1")
    assert "سحر احمدی" not in person.read(ANSWER)
    assert "سحر احمدی" not in replay(person, fields)


def test_an_answer_to_a_clerk_is_gone_when_the_session_has_ended(
    person: Person, answered: Services, settings: Settings
) -> None:
    enter(person, answered, "first", "institution", institution_id="1")
    fields = asked(person)
    answered.refuse("POST", INQUIRIES, 404, "code-not-accepted")
    with ended(settings):
        for path in ("", "/letter", "/data", "/state"):
            gone = person.get(ANSWER + path)
            assert (gone.status_code, "سحر احمدی" in gone.text) == (410, False)
        assert "سحر احمدی" not in replay(person, fields)


def test_after_signing_out_nothing_of_it_is_in_the_store(
    person: Person, answered: Services, settings: Settings
) -> None:
    enter(person, answered, "first", "institution", institution_id="1")
    asked(person)
    old = person.http.get_cookie("govah")
    assert old
    leave(person)
    with redis.Redis.from_url(settings.redis_url) as store:
        assert store.keys("govah:portal*") == []
    # Nor does the cookie of before open it, which somebody may have copied.
    person.http.set_cookie("govah", old.value)
    assert person.get(ANSWER).status_code == 410


def test_the_first_form_of_a_browser_is_one_inquiry_too_when_it_is_sent_twice(
    person: Person, answered: Services
) -> None:
    fields = {**hidden(person.read(FORM)), **TYPED}
    for _ in range(2):
        assert person.http.post(FORM, data=fields).location == ANSWER
    assert len(answered.sent("POST", INQUIRIES)) == 1


def test_a_discrepancy_of_another_clerk_with_the_same_word_is_another(
    person: Person, answered: Services
) -> None:
    answered.tell("POST", DISCREPANCIES, 201, {"id": "1"})
    path, typed = f"{ANSWER}/discrepancy", {"month": "7", "year": "1403", "text": "چنین نیست"}
    once = ""
    for name in ("first", "sara"):
        enter(person, answered, name, "institution", institution_id="1")
        fields = hidden(person.read(path))
        once = once or fields["once"]
        person.http.post(path, data={**fields, **typed, "once": once})
    assert len(answered.sent("POST", DISCREPANCIES)) == 2


def test_strangers_with_the_same_word_have_keys_of_their_own(
    person: Person, stranger: Person, services: Services
) -> None:
    services.refuse("POST", "/api/v1/auth/registrations", 429, "too-many-attempts")
    typed = {"national_code": "0084575948", "birth_date_jalali": ["11", "2", "1360"], "mobile": "09120000000"}
    for one in (person, stranger):
        fields = {**hidden(one.read("/registration")), "once": "the same"}
        one.http.post("/registration", data={**fields, **typed})
    first, second = services.sent("POST", "/api/v1/auth/registrations")
    assert first.headers["Idempotency-Key"] != second.headers["Idempotency-Key"]


def test_no_browser_keeps_an_answer_for_its_back_button(person: Person, answered: Services) -> None:
    fields = {**hidden(person.read(FORM)), **TYPED}
    sent = person.http.post(FORM, data=fields)
    for one in (sent, *(person.get(ANSWER + path) for path in ("", "/letter", "/data", "/state"))):
        assert one.headers["Cache-Control"] == "no-store"


# A token that a service no longer accepts.


@pytest.mark.parametrize("code", ["token-invalid", "token-expired"])
@pytest.mark.parametrize(
    ("role", "page", "path"),
    [
        ("citizen", "/home", "/api/v1/disclosure/activity"),
        ("officer", "/officer/lists", "/api/v1/records/lists"),
        ("institution", ANSWER, f"{INQUIRIES}/6f2b2f0e-0000-4000-8000-000000000007"),
    ],
)
def test_a_session_that_ended_at_auth_is_one_here_too(
    person: Person, answered: Services, role: str, page: str, path: str, code: str
) -> None:
    enter(person, answered, "somebody", role, institution_id="1")
    if role == "institution":
        asked(person)
    answered.refuse("GET", path, 401, code)
    with time_machine.travel(timedelta(seconds=30)):
        assert person.get(page).location == DOORS[role]
        words = person.read(DOORS[role])
        assert "نشست شما پایان یافته بود" in words
        assert "خروج" not in words
        # It does not come to life again, not even at a page that asks no service.
        assert person.get(page).status_code in {302, 410}


def test_a_clerk_whose_session_ended_at_auth_does_not_ask_as_nobody(
    person: Person, answered: Services
) -> None:
    enter(person, answered, "first", "institution", institution_id="1")
    answered.refuse("POST", INQUIRIES, 401, "token-invalid")
    assert person.send(FORM, **TYPED).location == "/institution/sign-in"
    assert "برای خود شما نگه داشته شده است" in person.read("/institution/sign-in")
    assert len(answered.sent("POST", INQUIRIES)) == 1
    enter(person, answered, "first", "institution", institution_id="1")
    again = person.read(FORM)
    assert TYPED["purpose"] in again
    # What is secret is typed once more.
    assert TYPED["code"] not in again


def test_a_refresh_that_is_refused_ends_the_session(person: Person, services: Services) -> None:
    enter(person, services, "maryam")
    services.refuse("POST", f"{SESSIONS}/refresh", 401, "token-invalid")
    with time_machine.travel(timedelta(minutes=16)):
        assert person.get("/home").location == "/sign-in"
        assert "نشست شما پایان یافته بود" in person.read("/sign-in")


def test_polling_hears_of_it_and_does_not_keep_the_session_alive(
    person: Person, services: Services, settings: Settings
) -> None:
    enter(person, services, "maryam")
    with redis.Redis.from_url(settings.redis_url) as store:
        (key,) = store.keys("govah:portal:*:session")
        store.expire(key, 100)
        services.tell("POST", f"{SESSIONS}/refresh", 200, grant("maryam"))
        with time_machine.travel(timedelta(minutes=16)):
            person.http.get("/home", headers={"Portal-Poll": "1"})
            assert len(services.sent("POST", f"{SESSIONS}/refresh")) == 1
            assert store.ttl(key) <= 100
    services.refuse("GET", "/api/v1/disclosure/activity", 401, "token-invalid")
    assert person.http.get("/home", headers={"Portal-Poll": "1"}).status_code == 401
    assert person.get("/home").location == "/sign-in"
    assert services.asked[-1].headers["Authorization"] == f"Bearer {access_token('maryam')}"
