"""Correcting a person who was found, and merging two: what changes is preview before it is proposed."""

import json
from typing import Any

import pytest
import redis

from gateway.portal.settings import Settings
from tests.service.gateway.portal.changes import CHANGES, KNOWN, OTHER, PERSON, PROPOSAL, PROPOSALS
from tests.service.gateway.portal.desk import Person, Services, read_hidden_fields
from tests.service.gateway.portal.people import sign_in
from tests.service.gateway.portal.test_officer import SEARCH, STATEMENT

CORRECTION, MERGER = "/officer/people/found/correction", "/officer/people/found/merger"
MADE = f"/officer/proposals/{PROPOSAL}"
IDENTITY = {name: value for name, value in KNOWN.items() if name != "id"}
FOUND = {"person_id": PERSON, "person": IDENTITY, "statement": STATEMENT}
CODE_OF_OTHER = "1234567891"
FOUND_TOO = {
    "person_id": OTHER,
    "person": IDENTITY | {"national_code": CODE_OF_OTHER, "first_name": "مریم‌السادات"},
    "statement": STATEMENT,
}
# The form as it is filled in for the person.
FIELDS: dict[str, Any] = {
    **{name: IDENTITY[name] for name in ("first_name", "last_name", "father_name", "sex")},
    **{name: IDENTITY[name] for name in ("insurance_number", "national_code")},
    "birth_date_jalali": ["15", "5", "1360"],
    "reason": "شناسنامه دیده شد.",
}


@pytest.fixture
def officer(person: Person, services: Services) -> Person:
    """Return an officer who has found a person."""
    services.refuse("GET", "/api/v1/records/me", 403, "forbidden")
    services.set_reply("POST", PROPOSALS, 201, CHANGES)
    sign_in(person)
    find_person(person, services)
    return person


def find_person(officer: Person, services: Services) -> None:
    services.set_reply("POST", SEARCH, 200, FOUND)
    officer.send("/officer/people", national_code=IDENTITY["national_code"], reason="درخواست حضوری")


def press_again(officer: Person, page: str, path: str, **fields: Any) -> Any:
    """Return the response to the second button of a page that shows the differences."""
    return officer.http.post(path, data={**read_hidden_fields(page), **fields, "act": "propose"})


def read_proposals(services: Services) -> list[Any]:
    return [json.loads(one.content) for one in services.list_requests("POST", PROPOSALS)]


def test_form_has_the_known_values(officer: Person) -> None:
    assert f'href="{CORRECTION}"' in officer.read("/officer/people/found")
    page = officer.read(CORRECTION)
    assert 'value="محمدی"' in page
    assert '<option selected value="female">' in page
    assert '<option value="5" selected>' in page


def test_officers_without_the_scope_see_no_links(person: Person, services: Services) -> None:
    services.scopes = "helpdesk"
    services.refuse("GET", "/api/v1/records/me", 403, "forbidden")
    sign_in(person)
    find_person(person, services)
    page = person.read("/officer/people/found")
    assert "محمدی" in page
    assert CORRECTION not in page
    assert MERGER not in page


def test_differences_are_shown_before_they_are_proposed(officer: Person, services: Services) -> None:
    typed = FIELDS | {"birth_date_jalali": ["۱۶", "5", "۱۳۶۰"], "first_name": " مريم ", "father_name": ""}
    preview = officer.send(CORRECTION, **typed, act="preview").text
    assert "۱۶ مرداد ۱۳۶۰" in preview
    assert read_proposals(services) == []
    assert press_again(officer, preview, CORRECTION, **typed).location == MADE
    assert read_proposals(services) == [
        {
            "kind": "person-correction",
            "target": PERSON,
            "change": {"fields": {"birth_date_jalali": "1360-05-16", "father_name": None}},
            "reason": "شناسنامه دیده شد.",
        }
    ]


def test_what_was_typed_after_the_look_is_shown_first(officer: Person, services: Services) -> None:
    preview = officer.send(CORRECTION, **FIELDS | {"first_name": "زهرا"}, act="preview").text
    again = press_again(officer, preview, CORRECTION, **FIELDS | {"first_name": "زهره"})
    assert again.status_code == 200
    assert "زهره" in again.text
    assert read_proposals(services) == []


def test_mistakes_of_a_correction_stand_beside_their_fields(officer: Person, services: Services) -> None:
    assert "هیچ مقداری تغییر نکرده است" in officer.send(CORRECTION, **FIELDS, act="preview").text
    wrong = officer.send(
        CORRECTION, **FIELDS | {"birth_date_jalali": ["32", "5", "1360"], "reason": " "}
    ).text
    assert '<a href="#birth_date_jalali">«تاریخ تولد» در تقویم نیست' in wrong
    assert '<a href="#reason">علت را بنویسید.</a>' in wrong
    typed = FIELDS | {"insurance_number": "۸۷۶۵۴۳۲۱"}
    preview = officer.send(CORRECTION, **typed, act="preview").text
    errors = [{"field": "change.fields.insurance_number", "message": "از شخص دیگری است."}]
    services.refuse("POST", PROPOSALS, 422, "validation", errors=errors)
    refused = press_again(officer, preview, CORRECTION, **typed).text
    assert '<a href="#insurance_number">از شخص دیگری است.</a>' in refused
    assert read_proposals(services)[0]["change"] == {"fields": {"insurance_number": "87654321"}}
    services.refuse("POST", PROPOSALS, 403, "own-record")
    assert "چون own-record" in press_again(officer, preview, CORRECTION, **typed).text


@pytest.mark.parametrize("path", [CORRECTION, MERGER])
def test_person_is_searched_again_and_what_was_typed_is_there(
    officer: Person, services: Services, settings: Settings, path: str
) -> None:
    fields = read_hidden_fields(officer.read(path)) | {"reason": "این علت می‌ماند."}
    with redis.Redis.from_url(settings.redis_url) as store:
        assert store.delete(*store.keys("govah:portal:*:kept.person.*"))
    assert officer.http.post(path, data=fields).location == "/officer/people"
    assert "ده دقیقه گذشته است" in officer.read("/officer/people")
    find_person(officer, services)
    assert "این علت می‌ماند." in officer.read(path)


@pytest.mark.parametrize(
    ("remaining", "merged", "into"), [("found", OTHER, PERSON), ("other", PERSON, OTHER)]
)
def test_two_records_are_compared_and_merged(
    officer: Person, services: Services, remaining: str, merged: str, into: str
) -> None:
    services.set_reply("POST", SEARCH, 200, FOUND_TOO)
    typed = {"national_code": CODE_OF_OTHER, "remaining": remaining, "reason": "هر دو کارت از یک نفر است."}
    preview = officer.send(MERGER, **typed, act="preview").text
    assert "مریم‌السادات" in preview
    assert press_again(officer, preview, MERGER, **typed).location == MADE
    assert read_proposals(services) == [
        {
            "kind": "person-merger",
            "target": merged,
            "change": {"into": into},
            "reason": "هر دو کارت از یک نفر است.",
        }
    ]
    # One look at the other person, with the reason.
    looks = [json.loads(one.content) for one in services.list_requests("POST", SEARCH)]
    assert looks[1:] == [{"national_code": CODE_OF_OTHER, "reason": "هر دو کارت از یک نفر است."}]


def test_mistakes_of_a_merger_stand_beside_their_fields(officer: Person, services: Services) -> None:
    wrong = officer.send(MERGER, national_code="12", reason="x", act="preview").text
    assert '<a href="#remaining">یکی را انتخاب کنید.</a>' in wrong
    assert '<a href="#national_code">کد ملی ده رقم است' in wrong.replace("۱۰ رقم", "ده رقم")
    services.refuse("POST", SEARCH, 404, "not-found")
    typed = {"national_code": CODE_OF_OTHER, "remaining": "found", "reason": "x"}
    unknown = officer.send(MERGER, **typed, act="preview").text
    assert '<a href="#national_code">چون not-found</a>' in unknown
    services.set_reply("POST", SEARCH, 200, FOUND_TOO)
    preview = officer.send(MERGER, **typed, act="preview").text
    errors = [{"field": "change.into", "message": "هر دو شخص در یک لیست با هم آمده‌اند."}]
    services.refuse("POST", PROPOSALS, 422, "validation", errors=errors)
    assert "با هم آمده‌اند." in press_again(officer, preview, MERGER, **typed).text
