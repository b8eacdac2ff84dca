"""Registering: one reply for everybody, a code only to whoever may have one, and an account at the end."""

import hashlib
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from services.auth.actions.deliveries import send_codes
from services.auth.models import Base
from services.kit.problems import Unavailable
from tests.service.auth.desk import PASSWORD, Desk, Person, invent_person


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


def test_persian_digits_and_other_spellings_are_taken(desk: Desk) -> None:
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
def test_nobody_learns_whether_a_person_exists(desk: Desk, case: str) -> None:
    known = desk.post("/registrations", desk.add_person().registration)
    person = {
        "stranger": invent_person,
        "other birth date": desk.add_person,
        "other mobile": desk.add_person,
        "has an account": desk.add_citizen,
    }[case]()
    if case == "other mobile":
        desk.mobiles.refused.add(person.mobile)
    asked = person.registration | ({"birth_date_jalali": "1350-01-01"} if "birth" in case else {})
    desk.send()
    desk.messages.sent.clear()

    answer = desk.post("/registrations", asked)
    desk.send()
    assert (answer.status_code, answer.get_json().keys()) == (known.status_code, known.get_json().keys())
    assert desk.messages.sent == []
    path = f"/registrations/{answer.get_json()['registration_id']}"
    assert desk.get(path).get_json() == {"status": "code-sent"}
    codes = [desk.post(f"{path}/activation", try_("123456")) for _ in range(6)]
    assert [answer.get_json()["code"] for answer in codes] == ["activation-code-wrong"] * 5 + [
        "registration-expired"
    ]
    assert desk.get(path).get_json() == {"status": "expired"}


def try_(code: str, password: str = PASSWORD) -> dict[str, str]:
    return {"activation_code": code, "password": password}


def test_five_wrong_codes_end_a_registration(either_desk: Desk) -> None:
    desk = either_desk
    registration_id = desk.register(desk.add_person())
    answers = [desk.activate(registration_id, desk.make_wrong_code()) for _ in range(5)]
    assert {answer.status_code for answer in answers} == {422}
    right = desk.activate(registration_id, desk.get_last_code())
    assert (right.status_code, right.get_json()["code"]) == (410, "registration-expired")


def test_guesses_at_once_are_counted_one_by_one(either_desk: Desk) -> None:
    desk = either_desk
    registration_id = desk.register(desk.add_person())
    wrong = desk.make_wrong_code()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: desk.activate(registration_id, wrong), range(12)))
    assert sorted(answer.status_code for answer in answers) == [410] * 7 + [422] * 5


def test_a_registration_ends_with_its_time(desk: Desk) -> None:
    registration_id = desk.register(desk.add_person())
    desk.execute_sql("UPDATE code_requests SET expires_at = '2020-01-01 00:00:00.000000'")
    assert desk.get(f"/registrations/{registration_id}").get_json() == {"status": "expired"}
    assert desk.activate(registration_id, desk.get_last_code()).status_code == 410


def test_a_weak_password_costs_no_try(desk: Desk) -> None:
    person = desk.add_person()
    registration_id = desk.register(person)
    for password in ["کوتاه", "1234567890", f"my{person.national_code}", f"code{person.mobile}", "x" * 129]:
        answer = desk.activate(registration_id, desk.get_last_code(), password)
        assert (answer.status_code, answer.get_json()["code"]) == (422, "password-too-weak")
        assert answer.get_json()["errors"][0]["field"] == "password"
    assert desk.activate(registration_id, desk.get_last_code()).status_code == 201


def test_of_two_activations_at_once_one_opens_the_account(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_person()
    first, first_code = desk.register(person), desk.get_last_code()
    second, second_code = desk.register(person), desk.get_last_code()
    pairs = [(first, first_code), (first, first_code), (second, second_code), (second, second_code)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda pair: desk.activate(*pair).status_code, pairs))
    assert sorted(answers) == [201, 410, 410, 410]


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


def test_a_message_that_was_not_taken_is_sent_again_with_another_code(desk: Desk) -> None:
    person = desk.add_person()
    answer = desk.post("/registrations", person.registration)
    desk.messages.failures = 1
    with pytest.raises(Unavailable):
        desk.send()
    assert desk.messages.sent == []
    desk.send()
    assert desk.messages.sent == [], "a row that was taken is not due at once"
    desk.execute_sql("UPDATE code_requests SET due_at = asked_at")
    desk.send()
    assert desk.activate(answer.get_json()["registration_id"], desk.get_last_code()).status_code == 201


def test_a_code_is_sent_once_records_are_back(desk: Desk) -> None:
    person = desk.add_person()
    desk.people.away = True
    desk.post("/registrations", person.registration)
    with pytest.raises(Unavailable):
        desk.send()
    desk.people.away = False
    desk.execute_sql("UPDATE code_requests SET due_at = asked_at")
    desk.send()
    assert [message.to for message in desk.messages.sent] == [person.mobile]


def test_no_code_is_sent_when_hardly_any_time_is_left(desk: Desk) -> None:
    desk.post("/registrations", desk.add_person().registration)
    desk.execute_sql("UPDATE code_requests SET expires_at = asked_at")
    desk.send()
    assert desk.messages.sent == []


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
def test_what_is_mistyped_is_told(desk: Desk, field: str, value: object) -> None:
    answer = desk.post("/registrations", invent_person().registration | {field: value})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "validation")
    assert [error["field"] for error in answer.get_json()["errors"]] == [field]


def test_a_registration_that_never_was_is_not_found(desk: Desk) -> None:
    for path in (f"/registrations/{uuid.uuid4()}", "/registrations/1"):
        assert desk.get(path).status_code == 404
    assert desk.activate(str(uuid.uuid4()), "123456").status_code == 404


def test_neither_codes_nor_passwords_are_kept(desk: Desk) -> None:
    person: Person = desk.add_citizen()
    desk.register(desk.add_person())
    code = desk.get_last_code()
    with desk.engine.connect() as connection:
        kept = {
            str(value)
            for table in Base.metadata.sorted_tables
            for row in connection.execute(sa.select(table))
            for value in row
        }
    assert person.national_code in kept
    assert kept.isdisjoint({code, PASSWORD, hashlib.sha256(code.encode()).hexdigest()})
