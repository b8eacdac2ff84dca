"""Pages of a revoked permit report it within a minute, and show no answer while the state is unknown."""

from datetime import timedelta

import pytest
import redis
import time_machine

from gateway.portal.settings import Settings
from tests.service.gateway.portal.desk import Person, Services, build_token, read_hidden_fields
from tests.service.gateway.portal.inquiries import ANSWER, DOCUMENT, FORM, INQUIRY_ID, STATE, TYPED
from tests.service.gateway.portal.people import enter

PATHS = ("", "/letter", "/letter?save=1", "/data", "/state")
SENTENCES = {
    "revoked": "متقاضی این مجوز را لغو کرده است و پاسخ استعلام دیگر نمایش داده نمی‌شود.",
    "paused": "متقاضی این مجوز را متوقف کرده است و پاسخ استعلام تا فعال شدن دوباره آن نمایش داده نمی‌شود.",
    "expired": "اعتبار این مجوز پایان یافته است و پاسخ استعلام دیگر نمایش داده نمی‌شود.",
    "something-new": "اعتبار این مجوز پایان یافته است و پاسخ استعلام دیگر نمایش داده نمی‌شود.",
}


def set_state(services: Services, state: str) -> None:
    services.set_reply("GET", STATE, 200, {"inquiry_id": INQUIRY_ID, "permit_state": state})


def move_clock(seconds: int) -> time_machine.travel:
    """Move the portal's clock forward by some seconds."""
    return time_machine.travel(timedelta(seconds=seconds))


@pytest.mark.parametrize("clerk", [True, False])
@pytest.mark.parametrize("state", SENTENCES)
def test_ended_permit_shows_only_that_it_ended(
    person: Person, answered: Services, state: str, clerk: bool
) -> None:
    if clerk:
        enter(person, answered, "first", "institution", institution_id="1")
    person.send(FORM, **TYPED)
    set_state(answered, state)
    letters = len(answered.list_requests("GET", DOCUMENT))
    with move_clock(60):
        for path in PATHS:
            answer = person.get(ANSWER + path)
            assert answer.status_code == 410
            assert SENTENCES[state] in answer.text
            assert "سحر" not in answer.text
            assert "0084575948" not in answer.text
    assert len(answered.list_requests("GET", DOCUMENT)) == letters
    bearer = f"Bearer {build_token('first', 'institution', institution_id='1')}" if clerk else None
    assert answered.list_requests("GET", STATE)[0].headers.get("Authorization") == bearer


@pytest.mark.parametrize("state", ["active", "used-up"])
def test_answer_of_a_used_up_permit_is_shown(person: Person, answered: Services, state: str) -> None:
    person.send(FORM, **TYPED)
    set_state(answered, state)
    with move_clock(60):
        assert "سحر احمدی" in person.read(ANSWER)
        assert person.get(f"{ANSWER}/data").status_code == 200
        assert person.get(f"{ANSWER}/state").status_code == 204


def test_answer_of_a_resumed_permit_is_shown_again(person: Person, answered: Services) -> None:
    person.send(FORM, **TYPED)
    set_state(answered, "paused")
    with move_clock(60):
        assert SENTENCES["paused"] in person.read(ANSWER)
    set_state(answered, "active")
    with move_clock(120):
        assert "سحر احمدی" in person.read(ANSWER)


def test_fresh_state_is_not_read_again(person: Person, answered: Services) -> None:
    person.send(FORM, **TYPED)
    for _ in range(3):
        person.get(ANSWER)
    assert answered.list_requests("GET", STATE) == []
    with move_clock(30):
        for path in PATHS:
            person.get(ANSWER + path)
    assert len(answered.list_requests("GET", STATE)) == 1


def test_answer_with_an_unknown_state_is_shown_for_a_minute(person: Person, answered: Services) -> None:
    person.send(FORM, **TYPED)
    del answered.handlers["GET", STATE]
    with move_clock(50):
        assert "سحر احمدی" in person.read(ANSWER)
    with move_clock(61):
        for path in PATHS:
            answer = person.get(ANSWER + path)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
            assert "اکنون روشن نیست که مجوز برقرار است" in answer.text
            assert "سحر" not in answer.text
    set_state(answered, "active")
    with move_clock(70):
        assert "سحر احمدی" in person.read(ANSWER)


def test_clerk_sees_no_old_answer_while_auth_is_unavailable(person: Person, answered: Services) -> None:
    enter(person, answered, "first", "institution", institution_id="1")
    person.send(FORM, **TYPED)
    # The token has ended, and auth is away.
    with move_clock(15 * 60 + 5):
        answer = person.get(ANSWER)
    assert (answer.status_code, "سحر" in answer.text) == (503, False)


def test_inquiry_of_another_reader_is_gone(person: Person, answered: Services) -> None:
    person.send(FORM, **TYPED)
    answered.refuse("GET", STATE, 404, "not-found")
    with move_clock(60):
        for path in PATHS:
            answer = person.get(ANSWER + path)
            assert (answer.status_code, "سحر" in answer.text) == (410, False)


def test_revoked_permit_stays_revoked_after_a_resend(
    person: Person, answered: Services, settings: Settings
) -> None:
    page = person.http.get(FORM).text
    fields = {**read_hidden_fields(page), **TYPED}
    person.http.post(FORM, data=fields)
    set_state(answered, "revoked")
    with move_clock(60):
        assert SENTENCES["revoked"] in person.read(ANSWER)
        # The same form again asks nothing, and leads to the same sentence.
        assert person.http.post(FORM, data=fields).location == ANSWER
        assert SENTENCES["revoked"] in person.read(ANSWER)
    with redis.Redis.from_url(settings.redis_url) as store:
        assert store.keys("govah:portal:*kept.answer*") == []


def test_page_polls_without_extending_the_session(
    person: Person, answered: Services, settings: Settings
) -> None:
    enter(person, answered, "first", "institution", institution_id="1")
    person.send(FORM, **TYPED)
    assert f'data-recheck="{ANSWER}/state"' in person.read(ANSWER)
    with redis.Redis.from_url(settings.redis_url) as store:
        (key,) = store.keys("govah:portal:*:session")
        store.expire(key, 100)
        assert person.http.get(f"{ANSWER}/state", headers={"Portal-Poll": "1"}).status_code == 204
        assert store.ttl(key) <= 100
