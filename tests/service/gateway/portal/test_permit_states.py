"""A revoked permit's pages say so within a minute, and show nothing where that cannot be told."""

from datetime import timedelta

import pytest
import redis
import time_machine

from gateway.portal.settings import Settings
from tests.service.gateway.portal.conftest import Person, Services, access_token, hidden
from tests.service.gateway.portal.inquiries import ANSWER, DOCUMENT, FORM, INQUIRY_ID, STATE, TYPED
from tests.service.gateway.portal.people import enter

PATHS = ("", "/letter", "/letter?save=1", "/data", "/state")
SENTENCES = {
    "revoked": "متقاضی این مجوز را لغو کرده است و پاسخ استعلام دیگر نمایش داده نمی‌شود.",
    "paused": "متقاضی این مجوز را متوقف کرده است و پاسخ استعلام تا فعال شدن دوباره آن نمایش داده نمی‌شود.",
    "expired": "اعتبار این مجوز پایان یافته است و پاسخ استعلام دیگر نمایش داده نمی‌شود.",
    "something-new": "اعتبار این مجوز پایان یافته است و پاسخ استعلام دیگر نمایش داده نمی‌شود.",
}


def tell(services: Services, state: str) -> None:
    services.tell("GET", STATE, 200, {"inquiry_id": INQUIRY_ID, "permit_state": state})


def after(seconds: int) -> time_machine.travel:
    """That many seconds from now on, as the portal reads its clock."""
    return time_machine.travel(timedelta(seconds=seconds))


@pytest.mark.parametrize("clerk", [True, False])
@pytest.mark.parametrize("state", SENTENCES)
def test_a_permit_that_has_ended_shows_only_that_sentence(
    person: Person, answered: Services, state: str, clerk: bool
) -> None:
    if clerk:
        enter(person, answered, "first", "institution", institution_id="1")
    person.send(FORM, **TYPED)
    tell(answered, state)
    letters = len(answered.sent("GET", DOCUMENT))
    with after(60):
        for path in PATHS:
            answer = person.get(ANSWER + path)
            assert answer.status_code == 410
            assert SENTENCES[state] in answer.text
            assert "سحر" not in answer.text
            assert "0084575948" not in answer.text
    assert len(answered.sent("GET", DOCUMENT)) == letters
    bearer = f"Bearer {access_token('first', 'institution', institution_id='1')}" if clerk else None
    assert answered.sent("GET", STATE)[0].headers.get("Authorization") == bearer


@pytest.mark.parametrize("state", ["active", "used-up"])
def test_a_view_that_was_spent_is_shown_for_its_time(person: Person, answered: Services, state: str) -> None:
    person.send(FORM, **TYPED)
    tell(answered, state)
    with after(60):
        assert "سحر احمدی" in person.read(ANSWER)
        assert person.get(f"{ANSWER}/data").status_code == 200
        assert person.get(f"{ANSWER}/state").status_code == 204


def test_a_permit_that_was_paused_shows_its_answer_again(person: Person, answered: Services) -> None:
    person.send(FORM, **TYPED)
    tell(answered, "paused")
    with after(60):
        assert SENTENCES["paused"] in person.read(ANSWER)
    tell(answered, "active")
    with after(120):
        assert "سحر احمدی" in person.read(ANSWER)


def test_what_was_asked_a_moment_ago_is_not_asked_again(person: Person, answered: Services) -> None:
    person.send(FORM, **TYPED)
    for _ in range(3):
        person.get(ANSWER)
    assert answered.sent("GET", STATE) == []
    with after(30):
        for path in PATHS:
            person.get(ANSWER + path)
    assert len(answered.sent("GET", STATE)) == 1


def test_an_answer_that_nobody_can_vouch_for_is_shown_for_a_minute_and_no_longer(
    person: Person, answered: Services
) -> None:
    person.send(FORM, **TYPED)
    del answered.answers["GET", STATE]
    with after(50):
        assert "سحر احمدی" in person.read(ANSWER)
    with after(61):
        for path in PATHS:
            answer = person.get(ANSWER + path)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
            assert "اکنون روشن نیست که مجوز برقرار است" in answer.text
            assert "سحر" not in answer.text
    tell(answered, "active")
    with after(70):
        assert "سحر احمدی" in person.read(ANSWER)


def test_a_clerk_whose_name_cannot_be_proven_is_shown_nothing_old(person: Person, answered: Services) -> None:
    enter(person, answered, "first", "institution", institution_id="1")
    person.send(FORM, **TYPED)
    # The token has ended, and auth is away.
    with after(15 * 60 + 5):
        answer = person.get(ANSWER)
    assert (answer.status_code, "سحر" in answer.text) == (503, False)


def test_an_inquiry_that_is_not_this_readers_is_gone(person: Person, answered: Services) -> None:
    person.send(FORM, **TYPED)
    answered.refuse("GET", STATE, 404, "not-found")
    with after(60):
        for path in PATHS:
            answer = person.get(ANSWER + path)
            assert (answer.status_code, "سحر" in answer.text) == (410, False)


def test_a_revoked_permit_stays_so_whatever_is_sent_again(
    person: Person, answered: Services, settings: Settings
) -> None:
    page = person.http.get(FORM).text
    fields = {**hidden(page), **TYPED}
    person.http.post(FORM, data=fields)
    tell(answered, "revoked")
    with after(60):
        assert SENTENCES["revoked"] in person.read(ANSWER)
        # The same form again asks nothing, and leads to the same sentence.
        assert person.http.post(FORM, data=fields).location == ANSWER
        assert SENTENCES["revoked"] in person.read(ANSWER)
    with redis.Redis.from_url(settings.redis_url) as store:
        assert store.keys("govah:portal:*kept.answer*") == []


def test_the_page_asks_again_by_itself_and_does_not_keep_the_session_alive(
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
