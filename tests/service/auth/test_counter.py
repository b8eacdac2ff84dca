"""The counter: two officers identify a person, whose account gets a new mobile and password by a code."""

import json
from typing import Any

import pytest

from govah_verify.check_digit import append_check_digit
from services.kit.text import to_persian_digits
from tests.service.auth.accounts import list_events
from tests.service.auth.counter import (
    ABROAD,
    IDENTIFICATIONS,
    add_foreigner,
    add_officers,
    build_finding,
    decide,
    identify,
    propose,
    read_code,
    use_code,
)
from tests.service.auth.desk import OTHER_PASSWORD, PASSWORD, Desk, invent_person
from tests.service.auth.endings import fetch_staff_tokens
from tests.service.auth.people import build_correction, consume, give_code, list_kinds, merge
from tests.service.auth.staff import add_officer


def list_messages(desk: Desk) -> list[tuple[str, str]]:
    desk.send()
    return list_kinds(desk.messages.sent)


def test_lost_mobile_is_replaced_at_the_counter(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_citizen()
    tokens = desk.fetch_tokens(person)
    desk.send()
    desk.messages.sent.clear()
    first, second = add_officers(desk)
    proposal = propose(desk, first, build_finding(person))
    assert (proposal["status"], proposal["has_account"]) == ("proposed", True)
    assert list_messages(desk) == [(person.mobile, "counter-proposed")]
    confirmed = decide(desk, second, proposal["id"]).get_json()
    assert confirmed["status"] == "confirmed"
    assert list_messages(desk) == [
        (ABROAD, "counter-activation-code"),
        (person.mobile, "counter-confirmed"),
        (person.mobile, "counter-proposed"),
    ]
    code = read_code(desk)
    # Until the code is used, the account is as it was.
    assert desk.sign_in(person).status_code == 200
    assert use_code(desk, code).status_code == 201
    assert desk.sign_in(person).status_code == 401
    assert desk.sign_in(person, OTHER_PASSWORD).status_code == 200
    assert desk.post("/sessions/refresh", {"refresh_token": tokens["refresh_token"]}).status_code == 401
    assert use_code(desk, code).get_json()["code"] == "activation-code-wrong"
    [message] = desk.list_sent("mobile-changed")
    assert message.to == person.mobile
    changes = [json.loads(data) if isinstance(data, str) else data for data in list_changes(desk)]
    assert changes == [{"how": "counter"}]
    # The holder of the old mobile can reverse it for a day, as any change.
    assert desk.post("/mobile/reversal", {"code": message.code}).status_code == 200
    assert desk.sign_in(person, OTHER_PASSWORD).status_code == 401


def list_changes(desk: Desk) -> list[Any]:
    return [data for name, _, data in list_events(desk) if name == "mobile.changed"]


def test_new_account_is_made_with_a_mobile_of_another_country(desk: Desk) -> None:
    person = desk.add_person()
    identify(desk, build_finding(person))
    assert desk.sign_in(person, OTHER_PASSWORD).status_code == 200
    assert [message.to for message in desk.messages.sent] == [ABROAD]
    assert [name for name, _, _ in list_events(desk) if name.startswith(("account.", "identification."))] == [
        "identification.proposed",
        "identification.confirmed",
        "account.activated",
    ]


def test_registration_with_a_mobile_of_another_country_gets_the_same_reply_and_no_code(desk: Desk) -> None:
    person, other = desk.add_person(), desk.add_person()
    replies = [
        desk.post("/registrations", {**one.registration, "mobile": mobile})
        for one, mobile in ((person, ABROAD), (other, other.mobile))
    ]
    assert [reply.status_code for reply in replies] == [202, 202]
    assert replies[0].get_json().keys() == replies[1].get_json().keys()
    assert [message.to for message in desk.list_sent("activation-code")] == [other.mobile]


def test_change_to_a_mobile_of_another_country_needs_the_counter(desk: Desk) -> None:
    person = desk.add_citizen()
    token = desk.fetch_tokens(person)["access_token"]
    response = desk.post("/mobile", {"mobile": ABROAD, "password": PASSWORD}, token=token)
    assert (response.status_code, response.get_json()["code"]) == (422, "counter-required")
    assert response.get_json()["errors"][0]["field"] == "mobile"


def test_codes_to_a_mobile_of_another_country_on_file_go_out(desk: Desk) -> None:
    """The ownership of such a mobile is known from the counter; the port would not know it."""
    person = desk.add_person()
    identify(desk, build_finding(person))
    desk.mobiles.refused.add(ABROAD)
    desk.post("/password-resets", person.identity)
    assert [message.to for message in desk.list_sent("password-reset-code")] == [ABROAD]


def test_foreigner_signs_in_with_the_insurance_number(either_desk: Desk) -> None:
    desk = either_desk
    _, number = add_foreigner(desk)
    identify(desk, build_finding(insurance_number=f"0{number}"))
    body = {"insurance_number": number, "password": OTHER_PASSWORD}
    assert desk.post("/sessions", body).status_code == 200
    refused = [
        desk.post("/sessions", {**body, "password": "wrong-password-12"}),
        desk.post("/sessions", {**body, "insurance_number": "98765432"}),
        desk.post("/sessions", {"national_code": invent_person().national_code, "password": "x"}),
    ]
    assert {(reply.status_code, reply.get_json()["code"]) for reply in refused} == {
        (401, "credentials-not-accepted")
    }


def test_foreigner_resets_the_password_with_the_insurance_number(desk: Desk) -> None:
    _, number = add_foreigner(desk)
    finding = build_finding(insurance_number=number, mobile=invent_person().mobile)
    identify(desk, finding)
    identity = {"insurance_number": number, "birth_date_jalali": finding["birth_date_jalali"]}
    # The port cannot be asked about somebody without a national code.
    desk.mobiles.refused.add(finding["mobile"])
    reset_id = desk.post("/password-resets", identity).get_json()["reset_id"]
    [message] = desk.list_sent("password-reset-code")
    body = {"reset_code": message.code, "password": PASSWORD}
    assert desk.post(f"/password-resets/{reset_id}/completion", body).status_code == 200
    signed_in = desk.post("/sessions", {"insurance_number": number, "password": PASSWORD})
    assert signed_in.status_code == 200
    change = {"mobile": invent_person().mobile, "password": PASSWORD}
    response = desk.post("/mobile", change, token=signed_in.get_json()["access_token"])
    assert response.get_json()["code"] == "counter-required"


def test_guarded_foreigner_gets_a_code_to_the_mobile_on_file(desk: Desk) -> None:
    _, number = add_foreigner(desk)
    identify(desk, build_finding(insurance_number=number))
    for network in range(20):
        body = {"insurance_number": number, "password": "wrong-password-12"}
        desk.post("/sessions", body, environ_overrides={"REMOTE_ADDR": f"10.0.{network}.1"})
    body = {"insurance_number": number, "password": OTHER_PASSWORD}
    required = desk.post("/sessions", body).get_json()
    assert required["code"] == "sign-in-code-required"
    [message] = desk.list_sent("sign-in-code")
    second = {**body, "sign_in_id": required["sign_in_id"], "code": message.code}
    assert desk.post("/sessions", second).status_code == 200


def test_insurance_number_of_a_person_with_a_code_leads_to_the_code(desk: Desk) -> None:
    person = desk.add_person()
    desk.people.insured["12345678", person.birth_date] = person.id
    give_code(desk, person, person.national_code)
    finding = build_finding(person, insurance_number="12345678")
    del finding["national_code"]
    identify(desk, finding)
    assert desk.sign_in(person, OTHER_PASSWORD).status_code == 200
    by_number = {"insurance_number": "12345678", "password": OTHER_PASSWORD}
    assert desk.post("/sessions", by_number).status_code == 401


def test_foreigner_who_gets_a_code_signs_in_with_it(desk: Desk) -> None:
    person_id, number = add_foreigner(desk)
    identify(desk, build_finding(insurance_number=number))
    person = invent_person()
    foreigner = type(person)(person_id, person.national_code, person.birth_date, ABROAD)
    give_code(desk, foreigner, foreigner.national_code)
    messages = consume(desk, build_correction(foreigner, "national_code"))
    assert list_kinds(messages) == [(ABROAD, "national-code-corrected")]
    assert desk.sign_in(foreigner, OTHER_PASSWORD).status_code == 200
    by_number = {"insurance_number": number, "password": OTHER_PASSWORD}
    assert desk.post("/sessions", by_number).status_code == 401


def test_account_of_a_foreigner_is_closed_when_the_person_is_merged(desk: Desk) -> None:
    person_id, number = add_foreigner(desk)
    identify(desk, build_finding(insurance_number=number))
    remaining = desk.add_citizen()
    merged = type(remaining)(person_id, "", remaining.birth_date, ABROAD)
    consume(desk, merge(desk, merged, remaining))
    reply = desk.post("/sessions", {"insurance_number": number, "password": OTHER_PASSWORD}).get_json()
    assert reply["code"] == "account-closed"
    assert to_persian_digits(remaining.national_code[-3:]) in reply["detail"]


def test_own_proposal_is_not_confirmed(desk: Desk) -> None:
    first, _ = add_officers(desk)
    proposal = propose(desk, first, build_finding(desk.add_person()))
    response = decide(desk, first, proposal["id"])
    assert (response.status_code, response.get_json()["code"]) == (403, "own-proposal")
    assert desk.list_sent("counter-activation-code") == []


def test_rejected_identification_opens_nothing(desk: Desk) -> None:
    person = desk.add_citizen()
    first, second = add_officers(desk)
    proposal = propose(desk, first, build_finding(person))
    assert decide(desk, second, proposal["id"]).status_code == 200
    code = read_code(desk)
    rejected = decide(desk, first, proposal["id"], "rejection", reason="مدرک جعلی است").get_json()
    assert (rejected["status"], rejected["reason"]) == ("rejected", "مدرک جعلی است")
    assert use_code(desk, code).get_json()["code"] == "activation-code-wrong"
    assert desk.sign_in(person).status_code == 200
    for word, body in (("confirmation", {}), ("rejection", {"reason": "x"})):
        again = decide(desk, second, proposal["id"], word, **body)
        assert (again.status_code, again.get_json()["code"]) == (409, "identification-decided")


def test_one_identification_of_a_person_is_open_at_a_time(desk: Desk) -> None:
    person = desk.add_person()
    first, second = add_officers(desk)
    proposal = propose(desk, first, build_finding(person))
    response = desk.post(IDENTIFICATIONS, build_finding(person), token=second)
    assert (response.status_code, response.get_json()["code"]) == (409, "identification-open")
    decide(desk, second, proposal["id"], "rejection", reason="دوباره")
    propose(desk, first, build_finding(person))


@pytest.mark.parametrize("moment", ["proposed", "confirmed"])
def test_identification_expires(desk: Desk, moment: str) -> None:
    person = desk.add_person()
    first, second = add_officers(desk)
    proposal = propose(desk, first, build_finding(person))
    if moment == "confirmed":
        decide(desk, second, proposal["id"])
        code = read_code(desk)
    desk.execute_sql("UPDATE identifications SET expires_at = '2020-01-01 00:00:00.000000'")
    if moment == "confirmed":
        assert use_code(desk, code).get_json()["code"] == "activation-code-wrong"
    assert decide(desk, second, proposal["id"]).get_json()["code"] == "identification-decided"
    item = desk.call("GET", f"{IDENTIFICATIONS}/{proposal['id']}", token=second).get_json()
    assert item["status"] == "expired"
    propose(desk, first, build_finding(person))


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"mobile": "12"}, "mobile"),
        ({"document": "library-card"}, "document"),
        ({"document_ends": "12345"}, "document_ends"),
        ({"document_ends": "1"}, "document_ends"),
        ({"insurance_number": "12345678"}, "national_code"),
        ({"note": "x" * 501}, "note"),
    ],
)
def test_impossible_finding_is_refused(desk: Desk, changed: dict[str, Any], field: str) -> None:
    first, _ = add_officers(desk)
    response = desk.post(IDENTIFICATIONS, build_finding(desk.add_person(), **changed), token=first)
    assert (response.status_code, response.get_json()["errors"][0]["field"]) == (422, field)


@pytest.mark.parametrize("by", ["national_code", "insurance_number"])
def test_unknown_person_is_reported_to_the_officer(desk: Desk, by: str) -> None:
    first, _ = add_officers(desk)
    finding = build_finding() | {by: {"national_code": "0440000017", "insurance_number": "12345678"}[by]}
    response = desk.post(IDENTIFICATIONS, finding, token=first)
    assert (response.status_code, response.get_json()["code"]) == (422, "person-unknown")
    assert response.get_json()["errors"][0]["field"] == by


def test_records_away_is_reported(desk: Desk) -> None:
    first, _ = add_officers(desk)
    person = desk.add_person()
    desk.people.away = True
    assert desk.post(IDENTIFICATIONS, build_finding(person), token=first).status_code == 503


def test_weak_password_leaves_the_code_valid(desk: Desk) -> None:
    person = desk.add_person()
    first, second = add_officers(desk)
    decide(desk, second, propose(desk, first, build_finding(person))["id"])
    code = read_code(desk)
    for weak in ("short", f"my {person.national_code} word", "call 491701234567 now"):
        assert use_code(desk, code, weak).get_json()["code"] == "password-too-weak"
    assert use_code(desk, code).status_code == 201


def test_wrong_codes_of_a_network_are_limited(desk: Desk) -> None:
    answers = [use_code(desk, append_check_digit("1" * 15)).status_code for _ in range(31)]
    assert (set(answers[:30]), answers[30]) == ({422}, 429)
    assert use_code(desk, "1").status_code == 422


def test_auditors_read_and_do_nothing_else(desk: Desk) -> None:
    first, _ = add_officers(desk)
    proposal = propose(desk, first, build_finding(desk.add_person()))
    add_officer(desk, "auditor.one", "audit")
    token = str(fetch_staff_tokens(desk, "auditor.one")["access_token"])
    page = desk.call("GET", f"{IDENTIFICATIONS}?status=proposed", token=token).get_json()
    assert [item["id"] for item in page["items"]] == [proposal["id"]]
    assert decide(desk, token, proposal["id"]).status_code == 403


def test_notes_are_encrypted(desk: Desk) -> None:
    first, _ = add_officers(desk)
    propose(desk, first, build_finding(desk.add_person(), note="شماره‌ای پنهان"))
    with desk.engine.connect() as connection:
        stored = connection.exec_driver_sql("SELECT * FROM identifications").one()
    assert not any("پنهان".encode() in value for value in stored if isinstance(value, bytes))
