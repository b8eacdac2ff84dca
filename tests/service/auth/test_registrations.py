"""Registrations: one reply for everybody, a code only to those who may have one, and one account."""

import hashlib
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from govah_verify.check_digit import append_check_digit, has_valid_check_digit
from services.auth.models import Base
from services.kit.problems import Unavailable
from services.kit.text import to_persian_digits
from tests.service.auth.desk import PASSWORD, Desk, Person, invent_person
from tests.service.auth.sending import send_codes


def test_a_person_registers_and_signs_in(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_person()
    registration_id = desk.register(person)
    [message] = desk.messages.sent
    assert (message.to, message.kind) == (person.mobile, "activation-code")
    assert desk.get(f"/registrations/{registration_id}").get_json() == {"status": "code-sent"}

    assert desk.activate(registration_id, desk.get_last_code()).status_code == 201
    assert desk.get(f"/registrations/{registration_id}").get_json() == {"status": "activated"}
    assert desk.sign_in(person).status_code == 200


def test_a_registration_is_found_by_its_number_as_it_is_pasted(desk: Desk) -> None:
    registration_id = desk.register(desk.add_person())
    for typed in (f"\u200f{registration_id}", f"\u202a{registration_id}\u202c", registration_id.upper()):
        assert desk.get(f"/registrations/{typed}").get_json() == {"status": "code-sent"}
    response = desk.post("/registrations", desk.add_person().registration)
    number = response.get_json()["tracking_number"]
    assert number[0] != "0"
    assert has_valid_check_digit(number)
    copied = f"{number[:4]}\xa0{number[4:8]}\u2009{number[8:]}"
    for typed in (number, f"{number[:4]} {number[4:8]}-{number[8:]}", to_persian_digits(number), copied):
        assert desk.get(f"/registrations/{typed}").status_code == 200
    for typed in (f"{number[:-1]}{(int(number[-1]) + 1) % 10}", append_check_digit("1" * 11), number[:-1]):
        assert desk.get(f"/registrations/{typed}").status_code == 404
    for typed in (f"x{registration_id}", f"{registration_id}0", registration_id.replace("-", "")):
        assert desk.get(f"/registrations/{typed}").status_code == 404


def test_persian_digits_and_other_spellings_are_accepted(desk: Desk) -> None:
    person = desk.add_person()
    to_persian = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
    typed = {
        "national_code": f"{person.national_code[:3]}-{person.national_code[3:]}".translate(to_persian),
        "birth_date_jalali": person.identity["birth_date_jalali"].replace("-", "/").translate(to_persian),
        "mobile": f"+98 {person.mobile[1:]}".translate(to_persian),
    }
    assert desk.post("/registrations", typed).status_code == 202
    desk.send()
    assert desk.messages.sent[0].to == person.mobile


@pytest.mark.parametrize("case", ["stranger", "other birth date", "other mobile", "has an account"])
def test_responses_do_not_show_whether_a_person_exists(desk: Desk, case: str) -> None:
    of_insured = desk.post("/registrations", desk.add_person().registration)
    person = {
        "stranger": invent_person,
        "other birth date": desk.add_person,
        "other mobile": desk.add_person,
        "has an account": desk.add_citizen,
    }[case]()
    if case == "other mobile":
        desk.mobiles.refused.add(person.mobile)
    fields = person.registration | ({"birth_date_jalali": "1350-01-01"} if "birth" in case else {})
    desk.send()
    desk.messages.sent.clear()

    response = desk.post("/registrations", fields)
    desk.send()
    assert (response.status_code, response.get_json().keys()) == (
        of_insured.status_code,
        of_insured.get_json().keys(),
    )
    # Only the owner of an account gets a message, at the mobile on file.
    expected = [("account-exists", person.mobile)] if case == "has an account" else []
    assert [(message.kind, message.to) for message in desk.messages.sent] == expected
    path = f"/registrations/{response.get_json()['registration_id']}"
    assert desk.get(path).get_json() == {"status": "code-sent"}
    codes = [desk.post(f"{path}/activation", make_activation("123456")) for _ in range(6)]
    assert [response.get_json()["code"] for response in codes] == ["activation-code-wrong"] * 5 + [
        "registration-expired"
    ]
    assert desk.get(path).get_json() == {"status": "expired"}


def make_activation(code: str, password: str = PASSWORD) -> dict[str, str]:
    return {"activation_code": code, "password": password}


def test_five_wrong_codes_end_a_registration(either_desk: Desk) -> None:
    desk = either_desk
    registration_id = desk.register(desk.add_person())
    responses = [desk.activate(registration_id, desk.make_wrong_code()) for _ in range(5)]
    assert {response.status_code for response in responses} == {422}
    right = desk.activate(registration_id, desk.get_last_code())
    assert (right.status_code, right.get_json()["code"]) == (410, "registration-expired")


def test_simultaneous_guesses_are_all_counted(either_desk: Desk) -> None:
    desk = either_desk
    registration_id = desk.register(desk.add_person())
    wrong = desk.make_wrong_code()
    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(lambda _: desk.activate(registration_id, wrong), range(12)))
    assert sorted(response.status_code for response in responses) == [410] * 7 + [422] * 5


def test_a_registration_expires(desk: Desk) -> None:
    registration_id = desk.register(desk.add_person())
    desk.execute_sql("UPDATE code_requests SET expires_at = '2020-01-01 00:00:00.000000'")
    assert desk.get(f"/registrations/{registration_id}").get_json() == {"status": "expired"}
    assert desk.activate(registration_id, desk.get_last_code()).status_code == 410


def test_a_weak_password_costs_no_try(desk: Desk) -> None:
    person = desk.add_person()
    registration_id = desk.register(person)
    for password in ["کوتاه", "1234567890", f"my{person.national_code}", f"code{person.mobile}", "x" * 129]:
        response = desk.activate(registration_id, desk.get_last_code(), password)
        assert (response.status_code, response.get_json()["code"]) == (422, "password-too-weak")
        assert response.get_json()["errors"][0]["field"] == "password"
    assert desk.activate(registration_id, desk.get_last_code()).status_code == 201


def test_of_two_simultaneous_activations_one_creates_the_account(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_person()
    first, first_code = desk.register(person), desk.get_last_code()
    second, second_code = desk.register(person), desk.get_last_code()
    pairs = [(first, first_code), (first, first_code), (second, second_code), (second, second_code)]
    with ThreadPoolExecutor(4) as pool:
        responses = list(pool.map(lambda pair: desk.activate(*pair).status_code, pairs))
    assert sorted(responses) == [201, 410, 410, 410]


def test_the_same_idempotency_key_gets_the_same_reply(desk: Desk) -> None:
    person = desk.add_person()
    key = {"Idempotency-Key": "one-and-the-same"}
    first, again = (desk.post("/registrations", person.registration, headers=key) for _ in range(2))
    assert first.get_json() == again.get_json()
    assert again.status_code == 202
    other = desk.post("/registrations", invent_person().registration, headers=key)
    assert (other.status_code, other.get_json()["code"]) == (422, "idempotency-key-reused")
    desk.send()
    assert len(desk.messages.sent) == 1


def test_a_message_that_the_gateway_rejected_is_retried_with_another_code(desk: Desk) -> None:
    person = desk.add_person()
    response = desk.post("/registrations", person.registration)
    desk.messages.failures = 1
    with pytest.raises(Unavailable):
        desk.send()
    assert desk.messages.sent == []
    desk.send()
    assert desk.messages.sent == [], "a row that was taken is not due at once"
    desk.execute_sql("UPDATE code_requests SET due_at = asked_at")
    desk.send()
    assert desk.activate(response.get_json()["registration_id"], desk.get_last_code()).status_code == 201


def test_a_code_is_sent_once_records_is_available_again(desk: Desk) -> None:
    person = desk.add_person()
    desk.people.away = True
    desk.post("/registrations", person.registration)
    with pytest.raises(Unavailable):
        desk.send()
    desk.people.away = False
    desk.execute_sql("UPDATE code_requests SET due_at = asked_at")
    desk.send()
    assert [message.to for message in desk.messages.sent] == [person.mobile]


def test_two_senders_send_one_code(either_desk: Desk) -> None:
    desk = either_desk
    desk.post("/registrations", desk.add_person().registration)

    def send(_: int) -> int:
        return send_codes(desk.sessions, desk.settings.pepper, desk.ports)

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(send, range(4))) == [0, 0, 0, 1]
    assert len(desk.messages.sent) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("national_code", "1234567890"),
        ("national_code", 12),
        ("birth_date_jalali", "1360-13-01"),
        ("mobile", "02188776655"),
        ("mobile", None),
    ],
)
def test_invalid_fields_are_reported(desk: Desk, field: str, value: object) -> None:
    response = desk.post("/registrations", invent_person().registration | {field: value})
    assert (response.status_code, response.get_json()["code"]) == (422, "validation")
    assert [error["field"] for error in response.get_json()["errors"]] == [field]


def test_an_unknown_registration_is_not_found(desk: Desk) -> None:
    for path in (f"/registrations/{uuid.uuid4()}", "/registrations/1"):
        assert desk.get(path).status_code == 404
    assert desk.activate(str(uuid.uuid4()), "123456").status_code == 404


def test_neither_codes_nor_passwords_are_stored(desk: Desk) -> None:
    person: Person = desk.add_citizen()
    desk.register(desk.add_person())
    code = desk.get_last_code()
    with desk.engine.connect() as connection:
        stored = {
            str(value)
            for table in Base.metadata.sorted_tables
            for row in connection.execute(sa.select(table))
            for value in row
        }
    assert person.national_code in stored
    assert stored.isdisjoint({code, PASSWORD, hashlib.sha256(code.encode()).hexdigest()})
