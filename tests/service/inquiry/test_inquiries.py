"""Inquiries: what the right pair opens, and the reply to every other pair."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa

from services.inquiry.actions.refusals import report_refusals
from services.inquiry.models import FailedAttempt, Inquiry, Permit, SealedCopy
from services.kit.text import to_persian_digits
from tests.service.inquiry.desk import API, BANK_ID, BANK_NAME, OTHER_BANK_ID, Desk, alter_code, as_clerk


def test_the_right_pair_opens_the_letter(desk: Desk) -> None:
    person = desk.add_person()
    issued = desk.issue_permit(person)
    response = desk.inquire(person.national_code, issued["code"], purpose="  وام  مسکن ")
    assert response.status_code == 200
    body = response.get_json()
    assert body["letter"] == {
        "serial": person.letter.serial,
        "issued_at": "2024-10-06T08:30:00+00:00",
        "types": ["all"],
        "sha256": person.letter.sha256,
        "state": "valid",
    }
    assert body["notices"] == []
    assert body["statement"] == person.letter.statement
    assert body["person"] == person.letter.statement["person"]
    assert body["receipt"] is None
    (view,) = desk.list_views(person, issued["id"])
    assert view | {"time": None} == {
        "id": body["inquiry_id"],
        "time": None,
        "institution": "by form",
        "claimed_institution": None,
        "purpose": "وام مسکن",
        "result": "answered",
    }
    (event,) = desk.list_events("inquiry.")
    assert (event.name, event.subject) == ("inquiry.answered", str(person.id))


def test_codes_are_read_as_people_type_them(desk: Desk) -> None:
    person = desk.add_person()
    code = desk.issue_permit(person)["code"]
    for typed in (code.replace(" ", "-"), to_persian_digits(code), f"\u200f{code.replace(' ', '')}\u200c"):
        national_code = to_persian_digits(person.national_code[:3]) + " " + person.national_code[3:]
        assert desk.inquire(national_code, typed).status_code == 200


def test_institution_of_a_view_is_named(desk: Desk) -> None:
    person = desk.add_person()
    issued = desk.issue_permit(person)
    assert desk.inquire(person.national_code, issued["code"], headers=as_clerk()).status_code == 200
    assert desk.list_views(person, issued["id"])[0]["institution"] == BANK_NAME
    assert desk.list_events("inquiry.")[0].data["institution"] == BANK_NAME


def test_every_wrong_pair_gets_the_same_reply_and_one_slow_hash(desk: Desk) -> None:
    desk.add_bank()
    person, other = desk.add_person(1), desk.add_person(2)
    code = desk.issue_permit(person)["code"]
    bound = desk.issue_permit(person, institution_id=str(BANK_ID))["code"]
    wrong_national_code = person.national_code[:9] + str((int(person.national_code[9]) + 1) % 10)
    wrongs = {
        "wrong code": (person.national_code, alter_code(code), None),
        "wrong national code": (other.national_code, code, None),
        "national code that nobody can have": (wrong_national_code, code, None),
        "nobody's code": ("0000000000", alter_code(bound), None),
        "another institution's permit": (
            person.national_code,
            bound,
            as_clerk(institution_id=OTHER_BANK_ID),
        ),
        "an institution's permit by form": (person.national_code, bound, None),
    }
    replies = set()
    for number, (what, (national_code, typed, headers)) in enumerate(wrongs.items()):
        before = desk.stretcher.runs
        response = desk.inquire(national_code, typed, headers=headers, source=f"192.0.2.{number}")
        assert (response.status_code, desk.stretcher.runs - before) == (404, 1), what
        replies.add(str({**response.get_json(), "request_id": ""}))
    assert len(replies) == 1
    assert "code-not-accepted" in replies.pop()
    before = desk.stretcher.runs
    assert desk.inquire(person.national_code, bound, headers=as_clerk()).status_code == 200
    assert desk.stretcher.runs - before == 1


def test_mistyped_code_is_rejected_and_not_counted(desk: Desk) -> None:
    person = desk.add_person()
    code = desk.issue_permit(person)["code"].replace(" ", "")
    runs = desk.stretcher.runs
    mistyped = code[:-1] + str((int(code[-1]) + 1) % 10)
    for typed in (mistyped, code[:15], code + "1", "no digits", "৪" + code[1:]):
        response = desk.inquire(person.national_code, typed)
        assert (response.status_code, response.get_json()["code"]) == (422, "code-mistyped"), typed
    serial = desk.inquire(person.national_code, person.letter.serial)
    assert (serial.status_code, serial.get_json()["code"]) == (422, "code-mistyped")
    assert "شماره سریال" in serial.get_json()["detail"]
    assert (desk.count(FailedAttempt), desk.count(Inquiry), desk.stretcher.runs) == (0, 0, runs)


def test_a_national_code_has_ten_digits(desk: Desk) -> None:
    code = desk.issue_permit(desk.add_person())["code"]
    for typed in ("123456789", "12345678901", "abc", "1" * 5000):
        response = desk.inquire(typed, code)
        assert (response.status_code, response.get_json()["code"]) == (422, "validation")
        assert [error["field"] for error in response.get_json()["errors"]] == ["national_code"]


def test_reply_for_an_expired_permit_has_the_date(desk: Desk) -> None:
    person = desk.add_person()
    issued = desk.issue_permit(person)
    desk.expire(issued["id"])
    response = desk.inquire(person.national_code, issued["code"])
    assert (response.status_code, response.get_json()["code"]) == (410, "permit-expired")
    assert "۱۵ مهر ۱۴۰۳" in response.get_json()["detail"]
    english = desk.inquire(person.national_code, issued["code"], headers={"Accept-Language": "en"})
    assert "2024-10-06" in english.get_json()["detail"]
    assert desk.get_state(person, issued["id"]) == "expired"
    assert desk.list_views(person, issued["id"])[0]["result"] == "permit-expired"


def test_a_revoked_permit_is_still_recognised(desk: Desk) -> None:
    person = desk.add_person()
    issued = desk.issue_permit(person)
    desk.client.delete(f"{API}/permits/{issued['id']}", headers=person.headers)
    response = desk.inquire(person.national_code, issued["code"])
    assert (response.status_code, response.get_json()["code"]) == (410, "permit-revoked")
    [refused] = desk.list_events("inquiry.")
    assert (refused.data["reason"], refused.data["permit_id"]) == ("permit-revoked", issued["id"])
    assert desk.inquire(person.national_code, alter_code(issued["code"])).status_code == 404


def test_views_are_counted_to_the_last_one(desk: Desk) -> None:
    person = desk.add_person()
    issued = desk.issue_permit(person, max_views=2)
    results = [desk.inquire(person.national_code, issued["code"]) for _ in range(3)]
    assert [response.status_code for response in results] == [200, 200, 410]
    assert results[2].get_json()["code"] == "permit-used-up"
    assert desk.get_state(person, issued["id"]) == "used-up"
    assert desk.count(SealedCopy) == 0


def test_simultaneous_views_are_counted_one_by_one(desk: Desk) -> None:
    person = desk.add_person()
    issued = desk.issue_permit(person, max_views=3)
    together = threading.Barrier(6)

    def inquire() -> int:
        together.wait()
        body = {"national_code": person.national_code, "code": issued["code"]}
        return desk.app.test_client().post(f"{API}/inquiries", json=body).status_code

    with ThreadPoolExecutor(6) as pool:
        statuses = sorted(future.result() for future in [pool.submit(inquire) for _ in range(6)])
    assert statuses == [200, 200, 200, 410, 410, 410]


def test_failed_attempts_are_reported_to_the_person_only(desk: Desk) -> None:
    desk.add_bank()
    person, other = desk.add_person(1), desk.add_person(2)
    issued = desk.issue_permit(person, institution_id=str(BANK_ID))
    others = desk.issue_permit(other)
    desk.inquire(person.national_code, alter_code(issued["code"]), purpose="call this number")
    desk.inquire(person.national_code, issued["code"])
    desk.inquire("0000000000", issued["code"])
    assert report_refusals(desk.sessions) == 3
    assert [event.subject for event in desk.list_events("inquiry.")] == [str(person.id)] * 2
    assert desk.list_events("inquiry.")[0].data == {"reason": "code-not-accepted", "institution": None}
    views = [(view["result"], view["purpose"]) for view in desk.list_views(person, issued["id"])]
    assert views == [("other-institution", None), ("code-not-accepted", None)]
    assert desk.list_views(other, others["id"]) == []
    assert desk.count(Inquiry) == 2
    assert report_refusals(desk.sessions) == 0


def test_inquiry_without_a_free_hash_slot_is_not_counted(desk: Desk) -> None:
    person = desk.add_person()
    code = desk.issue_permit(person)["code"]
    with desk.stretcher.fill_slots():
        response = desk.inquire(person.national_code, code)
    assert (response.status_code, response.get_json()["code"]) == (503, "busy")
    assert response.headers["Retry-After"]
    assert desk.count(FailedAttempt) == 0


def test_terms_changed_in_the_database_open_nothing(desk: Desk) -> None:
    person = desk.add_person()
    issued = desk.issue_permit(person, max_views=1)
    with desk.sessions.begin() as session:
        session.execute(sa.update(Permit).values(max_views=1000))
    response = desk.inquire(person.national_code, issued["code"])
    assert (response.status_code, response.get_json()["code"]) == (404, "code-not-accepted")
    assert desk.count(Inquiry) == 0


def test_other_roles_are_rejected(desk: Desk) -> None:
    person = desk.add_person()
    code = desk.issue_permit(person)["code"]
    refused = desk.inquire(person.national_code, code, headers=person.headers)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "forbidden")
    nameless = desk.inquire(person.national_code, code, headers=as_clerk(institution_id=""))
    assert (nameless.status_code, nameless.get_json()["code"]) == (401, "token-invalid")
    assert desk.client.get(f"{API}/permits/{uuid.uuid4()}").get_json()["code"] == "token-missing"
