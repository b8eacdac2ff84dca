"""A corrected national code and a merger of two persons reach accounts, letters and permits."""

import jwt
import pytest

from tests.e2e.client import DISCLOSURE, INQUIRY, RECORDS, Stranger
from tests.e2e.other_lists import build_national_code
from tests.e2e.system import System
from tests.e2e.test_superseding import PASSWORD, Person
from tests.waiting import wait_until

pytestmark = pytest.mark.xdist_group("e2e")

REASON = "کارت ملی دیده شد"


def find_person_id(person: Person) -> str:
    """Return the id that the person's token names."""
    token = person.citizen.http.headers["Authorization"].removeprefix("Bearer ")
    return str(jwt.decode(token, options={"verify_signature": False})["sub"])


def decide(person: Person, kind: str, target: str, change: dict[str, object]) -> None:
    """Let two officers propose and confirm a change."""
    body = {"kind": kind, "target": target, "change": change, "reason": REASON}
    proposed = person.officer.post(f"{RECORDS}/proposals", body)
    assert proposed.status_code == 201, proposed.text
    second = person.stranger.sign_in(**person.stranger.system.demo["second_officer"])
    confirmed = second.post(f"{RECORDS}/proposals/{proposed.json()['id']}/confirmation")
    assert confirmed.status_code == 200, confirmed.text


def wait_for_sign_in(person: Person, kind: str, code: str) -> Stranger:
    """Return the citizen who signs in with another code, after the message about it."""
    person.stranger.wait_for_message(person.mobile, kind)
    return person.stranger.sign_in(national_code=code, password=PASSWORD)


def test_a_corrected_code_reaches_the_account_its_letters_and_permits(system: System) -> None:
    person = Person(system, "044000081", "09120008811", "0099000081")
    letter = person.citizen.ask_for_letter("all")
    permit = person.citizen.issue_permit(letter["id"])
    new_code = build_national_code("044000082")
    decide(person, "person-correction", find_person_id(person), {"fields": {"national_code": new_code}})
    citizen = wait_for_sign_in(person, "national-code-corrected", new_code)
    former = person.citizen
    wait_until(lambda: former.get(f"{RECORDS}/me").status_code == 401, "the session has not ended")
    person.citizen = citizen
    person.wait_until_outdated(letter["id"])
    answer = person.stranger.inquire(person.code, permit["code"])
    assert answer.status_code == 200
    assert person.stranger.inquire(new_code, permit["code"]).status_code == 404


def test_a_merged_person_finds_everything_under_the_remaining_one(system: System) -> None:
    merged = Person(system, "044000083", "09120008833", "0099000083")
    letter = merged.citizen.ask_for_letter("all")
    permit = merged.citizen.issue_permit(letter["id"])
    remaining = Person.__new__(Person)
    remaining.stranger, remaining.officer = merged.stranger, merged.officer
    remaining.code, remaining.mobile, remaining.workshop = (
        build_national_code("044000084"),
        merged.mobile,
        "0099000084",
    )
    remaining.import_month(8, days=20)
    decide(merged, "person-merger", find_person_id(merged), {"into": remaining.code})
    citizen = wait_for_sign_in(merged, "records-merged", remaining.code)

    def is_outdated() -> bool:
        inbox = citizen.get(f"{DISCLOSURE}/inbox").json()["items"]
        return [one["state"] for one in inbox] == ["superseded"]

    wait_until(is_outdated, "the letter is not in the inbox, or not outdated")
    permits = citizen.get(f"{INQUIRY}/permits").json()["items"]
    assert [one["id"] for one in permits] == [permit["id"]]
    assert merged.stranger.inquire(merged.code, permit["code"]).status_code == 200
    assert citizen.get(f"{RECORDS}/me").json()["totals"]["total_days"] == 32
