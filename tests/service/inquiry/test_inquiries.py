"""Inquiries: what the right pair opens, and what everybody else hears."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa

from services.inquiry.actions.upkeep import tell_refusals
from services.inquiry.models import FailedAttempt, Inquiry, Permit, SealedCopy
from services.kit.text import persian_digits
from tests.service.inquiry.desk import API, BANK_ID, BANK_NAME, Desk, clerk, wrong_code

OTHER_BANK = "5b0e6d4c-2222-4b5e-9c33-0d1f5e3a7c02"


def test_the_right_pair_opens_the_letter(desk: Desk) -> None:
    person = desk.person()
    issued = desk.permit(person)
    answer = desk.inquire(person.national_code, issued["code"], purpose="  وام  مسکن ")
    assert answer.status_code == 200
    shown = answer.get_json()
    assert shown["letter"] == {
        "serial": person.letter.serial,
        "issued_at": "2024-10-06T08:30:00+00:00",
        "types": ["all"],
        "sha256": person.letter.sha256,
        "state": "valid",
    }
    assert shown["notices"] == []
    assert shown["statement"] == person.letter.statement
    assert shown["person"] == person.letter.statement["person"]
    assert shown["receipt"] is None
    (view,) = desk.views(person, issued["id"])
    assert view | {"time": None} == {
        "id": shown["inquiry_id"],
        "time": None,
        "institution": "by form",
        "purpose": "وام مسکن",
        "result": "answered",
    }
    (event,) = desk.events("inquiry.")
    assert (event.name, event.subject) == ("inquiry.answered", str(person.id))


def test_codes_are_read_as_people_type_them(desk: Desk) -> None:
    person = desk.person()
    code = desk.permit(person)["code"]
    for typed in (code.replace(" ", "-"), persian_digits(code), f"\u200f{code.replace(' ', '')}\u200c"):
        national_code = persian_digits(person.national_code[:3]) + " " + person.national_code[3:]
        assert desk.inquire(national_code, typed).status_code == 200


def test_an_institution_is_named(desk: Desk) -> None:
    person = desk.person()
    issued = desk.permit(person)
    assert desk.inquire(person.national_code, issued["code"], headers=clerk()).status_code == 200
    assert desk.views(person, issued["id"])[0]["institution"] == BANK_NAME
    assert desk.events("inquiry.")[0].data["institution"] == BANK_NAME


def test_whatever_is_wrong_sounds_the_same_and_costs_one_slow_hash(desk: Desk) -> None:
    desk.add_bank()
    person, other = desk.person(1), desk.person(2)
    code = desk.permit(person)["code"]
    bound = desk.permit(person, institution_id=str(BANK_ID))["code"]
    wrong_national_code = person.national_code[:9] + str((int(person.national_code[9]) + 1) % 10)
    wrongs = {
        "wrong code": (person.national_code, wrong_code(code), None),
        "wrong national code": (other.national_code, code, None),
        "national code that nobody can have": (wrong_national_code, code, None),
        "nobody's code": ("0000000000", wrong_code(bound), None),
        "another institution's permit": (person.national_code, bound, clerk(institution_id=OTHER_BANK)),
        "an institution's permit by form": (person.national_code, bound, None),
    }
    said = set()
    for number, (what, (national_code, typed, headers)) in enumerate(wrongs.items()):
        before = desk.stretcher.runs
        answer = desk.inquire(national_code, typed, headers=headers, source=f"192.0.2.{number}")
        assert (answer.status_code, desk.stretcher.runs - before) == (404, 1), what
        said.add(str({**answer.get_json(), "request_id": ""}))
    assert len(said) == 1
    assert "code-not-accepted" in said.pop()
    before = desk.stretcher.runs
    assert desk.inquire(person.national_code, bound, headers=clerk()).status_code == 200
    assert desk.stretcher.runs - before == 1


def test_a_mistyped_code_is_told_at_once_and_is_no_attempt(desk: Desk) -> None:
    person = desk.person()
    code = desk.permit(person)["code"].replace(" ", "")
    runs = desk.stretcher.runs
    mistyped = code[:-1] + str((int(code[-1]) + 1) % 10)
    for typed in (mistyped, code[:15], code + "1", "no digits", "৪" + code[1:]):
        answer = desk.inquire(person.national_code, typed)
        assert (answer.status_code, answer.get_json()["code"]) == (422, "code-mistyped"), typed
    serial = desk.inquire(person.national_code, person.letter.serial)
    assert (serial.status_code, serial.get_json()["code"]) == (422, "code-mistyped")
    assert "شماره سریال" in serial.get_json()["detail"]
    assert (desk.count(FailedAttempt), desk.count(Inquiry), desk.stretcher.runs) == (0, 0, runs)


def test_a_national_code_has_ten_digits(desk: Desk) -> None:
    code = desk.permit(desk.person())["code"]
    for typed in ("123456789", "12345678901", "abc", "1" * 5000):
        answer = desk.inquire(typed, code)
        assert (answer.status_code, answer.get_json()["code"]) == (422, "validation")
        assert [error["field"] for error in answer.get_json()["errors"]] == ["national_code"]


def test_an_expired_permit_says_when_it_ended(desk: Desk) -> None:
    person = desk.person()
    issued = desk.permit(person)
    desk.expire(issued["id"])
    answer = desk.inquire(person.national_code, issued["code"])
    assert (answer.status_code, answer.get_json()["code"]) == (410, "permit-expired")
    assert "۱۵ مهر ۱۴۰۳" in answer.get_json()["detail"]
    english = desk.inquire(person.national_code, issued["code"], headers={"Accept-Language": "en"})
    assert "2024-10-06" in english.get_json()["detail"]
    assert desk.state(person, issued["id"]) == "expired"
    assert desk.views(person, issued["id"])[0]["result"] == "permit-expired"


def test_a_revoked_permit_is_still_recognised(desk: Desk) -> None:
    person = desk.person()
    issued = desk.permit(person)
    desk.client.delete(f"{API}/permits/{issued['id']}", headers=person.headers)
    answer = desk.inquire(person.national_code, issued["code"])
    assert (answer.status_code, answer.get_json()["code"]) == (410, "permit-revoked")
    assert desk.inquire(person.national_code, wrong_code(issued["code"])).status_code == 404


def test_views_are_counted_to_the_last_one(desk: Desk) -> None:
    person = desk.person()
    issued = desk.permit(person, max_views=2)
    results = [desk.inquire(person.national_code, issued["code"]) for _ in range(3)]
    assert [answer.status_code for answer in results] == [200, 200, 410]
    assert results[2].get_json()["code"] == "permit-used-up"
    assert desk.state(person, issued["id"]) == "used-up"
    assert desk.count(SealedCopy) == 0


def test_views_at_the_same_moment_are_counted_one_by_one(desk: Desk) -> None:
    person = desk.person()
    issued = desk.permit(person, max_views=3)
    together = threading.Barrier(6)

    def look() -> int:
        together.wait()
        body = {"national_code": person.national_code, "code": issued["code"]}
        return desk.app.test_client().post(f"{API}/inquiries", json=body).status_code

    with ThreadPoolExecutor(6) as pool:
        statuses = sorted(future.result() for future in [pool.submit(look) for _ in range(6)])
    assert statuses == [200, 200, 200, 410, 410, 410]


def test_failed_attempts_are_told_and_shown_to_the_person_only(desk: Desk) -> None:
    desk.add_bank()
    person, other = desk.person(1), desk.person(2)
    issued = desk.permit(person, institution_id=str(BANK_ID))
    others = desk.permit(other)
    desk.inquire(person.national_code, wrong_code(issued["code"]), purpose="call this number")
    desk.inquire(person.national_code, issued["code"])
    desk.inquire("0000000000", issued["code"])
    assert tell_refusals(desk.sessions) == 3
    assert [event.subject for event in desk.events("inquiry.")] == [str(person.id)] * 2
    assert desk.events("inquiry.")[0].data == {"reason": "code-not-accepted", "institution": None}
    shown = [(view["result"], view["purpose"]) for view in desk.views(person, issued["id"])]
    assert shown == [("other-institution", None), ("code-not-accepted", None)]
    assert desk.views(other, others["id"]) == []
    assert desk.count(Inquiry) == 2
    assert tell_refusals(desk.sessions) == 0


def test_no_place_for_another_slow_hash_is_no_attempt(desk: Desk) -> None:
    person = desk.person()
    code = desk.permit(person)["code"]
    with desk.stretcher.full():
        answer = desk.inquire(person.national_code, code)
    assert (answer.status_code, answer.get_json()["code"]) == (503, "busy")
    assert answer.headers["Retry-After"]
    assert desk.count(FailedAttempt) == 0


def test_terms_changed_in_the_database_open_nothing(desk: Desk) -> None:
    person = desk.person()
    issued = desk.permit(person, max_views=1)
    with desk.sessions.begin() as session:
        session.execute(sa.update(Permit).values(max_views=1000))
    answer = desk.inquire(person.national_code, issued["code"])
    assert (answer.status_code, answer.get_json()["code"]) == (404, "code-not-accepted")
    assert desk.count(Inquiry) == 0


def test_who_may_ask(desk: Desk) -> None:
    person = desk.person()
    code = desk.permit(person)["code"]
    refused = desk.inquire(person.national_code, code, headers=person.headers)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "forbidden")
    nameless = desk.inquire(person.national_code, code, headers=clerk(institution_id=""))
    assert (nameless.status_code, nameless.get_json()["code"]) == (401, "token-invalid")
    assert desk.client.get(f"{API}/permits/{uuid.uuid4()}").get_json()["code"] == "token-missing"
