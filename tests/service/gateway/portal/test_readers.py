"""An answer is one reader's: no other browser's, and not the next person's at the same one."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import redis
import time_machine

from gateway.portal.settings import Settings
from tests.service.gateway.portal.desk import (
    SESSIONS,
    Person,
    Services,
    build_token,
    grant,
    read_hidden_fields,
)
from tests.service.gateway.portal.inquiries import ANSWER, DISCREPANCIES, FORM, INQUIRIES, TYPED
from tests.service.gateway.portal.people import DOORS, ended, enter, leave


def inquire(person: Person) -> dict[str, str]:
    """Return the fields of an inquiry that was answered."""
    fields = {**read_hidden_fields(person.read(FORM)), **TYPED}
    assert person.http.post(FORM, data=fields).location == ANSWER
    return fields


def replay(other: Person, fields: dict[str, str]) -> str:
    """Return the page after another reader sends the same form with a CSRF word of their own."""
    own = read_hidden_fields(other.read(FORM))
    other.http.post(FORM, data={**fields, "csrf_token": own["csrf_token"]})
    return other.read(ANSWER)


def use_another_browser(_person: Person, stranger: Person, _services: Services) -> Person:
    return stranger


def sign_in_another_clerk(_person: Person, stranger: Person, services: Services) -> Person:
    enter(stranger, services, "sara", "institution", institution_id="2")
    return stranger


def sign_in_a_colleague(person: Person, _stranger: Person, services: Services) -> Person:
    enter(person, services, "sara", "institution", institution_id="1")
    return person


def sign_out_and_in(person: Person, _stranger: Person, services: Services) -> Person:
    leave(person)
    enter(person, services, "first", "institution", institution_id="1")
    return person


def sign_out(person: Person, _stranger: Person, _services: Services) -> Person:
    leave(person)
    return person


def sign_in_a_citizen(person: Person, _stranger: Person, services: Services) -> Person:
    enter(person, services, "maryam")
    return person


@pytest.mark.parametrize(
    "becomes",
    [
        use_another_browser,
        sign_in_another_clerk,
        sign_in_a_colleague,
        sign_out_and_in,
        sign_out,
        sign_in_a_citizen,
    ],
)
def test_answer_to_a_clerk_is_not_replayed_to_others(
    person: Person,
    stranger: Person,
    answered: Services,
    becomes: Callable[[Person, Person, Services], Person],
) -> None:
    enter(person, answered, "first", "institution", institution_id="1")
    fields = inquire(person)
    answered.refuse("POST", INQUIRIES, 404, "code-not-accepted")
    other = becomes(person, stranger, answered)
    assert "سحر احمدی" not in other.read(ANSWER)
    assert "سحر احمدی" not in replay(other, fields)
    # It was a new inquiry, in the sender's own name, and refused.
    assert len(answered.list_requests("POST", INQUIRIES)) == 2
    assert "پذیرفته نشد" in other.read("/institution/refused")


def test_anonymous_answer_is_hidden_after_a_sign_in(person: Person, answered: Services) -> None:
    fields = inquire(person)
    answered.refuse("POST", INQUIRIES, 404, "code-not-accepted")
    enter(person, answered, "first", "institution", institution_id="1")
    assert "سحر احمدی" not in person.read(ANSWER)
    assert "سحر احمدی" not in replay(person, fields)


def test_answer_to_a_clerk_ends_with_the_session(
    person: Person, answered: Services, settings: Settings
) -> None:
    enter(person, answered, "first", "institution", institution_id="1")
    fields = inquire(person)
    answered.refuse("POST", INQUIRIES, 404, "code-not-accepted")
    with ended(settings):
        for path in ("", "/letter", "/data", "/state"):
            gone = person.get(ANSWER + path)
            assert (gone.status_code, "سحر احمدی" in gone.text) == (410, False)
        assert "سحر احمدی" not in replay(person, fields)


def test_signing_out_empties_the_store(person: Person, answered: Services, settings: Settings) -> None:
    enter(person, answered, "first", "institution", institution_id="1")
    inquire(person)
    old = person.http.get_cookie("govah")
    assert old
    leave(person)
    with redis.Redis.from_url(settings.redis_url) as store:
        assert store.keys("govah:portal*") == []
    # Nor does the cookie of before open it, which somebody may have copied.
    person.http.set_cookie("govah", old.value)
    assert person.get(ANSWER).status_code == 410


def test_first_form_of_a_browser_is_one_inquiry_if_sent_twice(person: Person, answered: Services) -> None:
    fields = {**read_hidden_fields(person.read(FORM)), **TYPED}
    for _ in range(2):
        assert person.http.post(FORM, data=fields).location == ANSWER
    assert len(answered.list_requests("POST", INQUIRIES)) == 1


def test_same_form_of_another_clerk_is_another_discrepancy(person: Person, answered: Services) -> None:
    answered.set_reply("POST", DISCREPANCIES, 201, {"id": "1"})
    path, typed = f"{ANSWER}/discrepancy", {"month": "7", "year": "1403", "text": "چنین نیست"}
    once = ""
    for name in ("first", "sara"):
        enter(person, answered, name, "institution", institution_id="1")
        fields = read_hidden_fields(person.read(path))
        once = once or fields["once"]
        person.http.post(path, data={**fields, **typed, "once": once})
    assert len(answered.list_requests("POST", DISCREPANCIES)) == 2


def test_anonymous_readers_with_the_same_form_have_different_keys(
    person: Person, stranger: Person, services: Services
) -> None:
    services.refuse("POST", "/api/v1/auth/registrations", 429, "too-many-attempts")
    typed = {"national_code": "0084575948", "birth_date_jalali": ["11", "2", "1360"], "mobile": "09120000000"}
    for one in (person, stranger):
        fields = {**read_hidden_fields(one.read("/registration")), "once": "the same"}
        one.http.post("/registration", data={**fields, **typed})
    first, second = services.list_requests("POST", "/api/v1/auth/registrations")
    assert first.headers["Idempotency-Key"] != second.headers["Idempotency-Key"]


def test_answers_are_not_cached(person: Person, answered: Services) -> None:
    fields = {**read_hidden_fields(person.read(FORM)), **TYPED}
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
def test_session_that_ended_at_auth_ends_here(
    person: Person, answered: Services, role: str, page: str, path: str, code: str
) -> None:
    enter(person, answered, "somebody", role, institution_id="1")
    if role == "institution":
        inquire(person)
    answered.refuse("GET", path, 401, code)
    with time_machine.travel(timedelta(seconds=30)):
        assert person.get(page).location == DOORS[role]
        words = person.read(DOORS[role])
        assert "نشست شما پایان یافته بود" in words
        assert "خروج" not in words
        # It does not come to life again, not even at a page that asks no service.
        assert person.get(page).status_code in {302, 410}


def test_clerk_with_an_ended_session_does_not_inquire_anonymously(person: Person, answered: Services) -> None:
    enter(person, answered, "first", "institution", institution_id="1")
    answered.refuse("POST", INQUIRIES, 401, "token-invalid")
    assert person.send(FORM, **TYPED).location == "/institution/sign-in"
    assert "برای خود شما نگه داشته شده است" in person.read("/institution/sign-in")
    assert len(answered.list_requests("POST", INQUIRIES)) == 1
    enter(person, answered, "first", "institution", institution_id="1")
    again = person.read(FORM)
    assert TYPED["purpose"] in again
    # What is secret is typed once more.
    assert TYPED["code"] not in again


def test_refused_refresh_ends_the_session(person: Person, services: Services) -> None:
    enter(person, services, "maryam")
    services.refuse("POST", f"{SESSIONS}/refresh", 401, "token-invalid")
    with time_machine.travel(timedelta(minutes=16)):
        assert person.get("/home").location == "/sign-in"
        assert "نشست شما پایان یافته بود" in person.read("/sign-in")


def test_poll_reports_an_ended_session_and_does_not_extend_it(
    person: Person, services: Services, settings: Settings
) -> None:
    enter(person, services, "maryam")
    with redis.Redis.from_url(settings.redis_url) as store:
        (key,) = store.keys("govah:portal:*:session")
        store.expire(key, 100)
        services.set_reply("POST", f"{SESSIONS}/refresh", 200, grant("maryam"))
        with time_machine.travel(timedelta(minutes=16)):
            person.http.get("/home", headers={"Portal-Poll": "1"})
            assert len(services.list_requests("POST", f"{SESSIONS}/refresh")) == 1
            assert store.ttl(key) <= 100
    services.refuse("GET", "/api/v1/disclosure/activity", 401, "token-invalid")
    assert person.http.get("/home", headers={"Portal-Poll": "1"}).status_code == 401
    assert person.get("/home").location == "/sign-in"
    assert services.requests[-1].headers["Authorization"] == f"Bearer {build_token('maryam')}"
