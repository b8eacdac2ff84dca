"""A person whose national code was corrected signs in with the new one, and gets a message."""

import uuid
from datetime import timedelta

import pytest

from services.auth.actions.person_checks import MAX_TRIES, check_people
from services.auth.clients import PersonIdentity
from services.kit.problems import Unavailable
from tests.fakes.auth import FakePersonMatcher
from tests.service.auth.accounts import list_events
from tests.service.auth.desk import PASSWORD, Desk, invent_person
from tests.service.auth.people import (
    build_correction,
    consume,
    finish_checks,
    give_code,
    list_kinds,
    repeat,
)


def test_a_corrected_code_is_the_accounts(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_citizen()
    token = desk.fetch_tokens(person)["access_token"]
    corrected = give_code(desk, person)
    messages = consume(desk, build_correction(person, "national_code"))
    assert list_kinds(messages) == [(person.mobile, "national-code-corrected")]
    assert messages[0].text == "گواه: کد ملی شما در سوابق اصلاح شد. با کد ملی درست وارد شوید."
    assert desk.call("DELETE", "/sessions/current", token=token).status_code == 401
    assert list_events(desk)[-1][:2] == ("sessions.ended", str(person.id))
    assert desk.sign_in(person).get_json()["code"] == "credentials-not-accepted"
    assert desk.sign_in(corrected).status_code == 200


def test_a_repeated_correction_changes_nothing(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_citizen()
    corrected = give_code(desk, person)
    event = build_correction(person, "first_name", "national_code")
    assert list_kinds(consume(desk, event)) == [
        (person.mobile, "identity-corrected"),
        (person.mobile, "national-code-corrected"),
    ]
    token = desk.fetch_tokens(corrected)["access_token"]
    assert repeat(desk, event) == []
    assert desk.call("DELETE", "/sessions/current", token=token).status_code == 204


def test_the_message_names_fields_and_no_values(desk: Desk) -> None:
    person = desk.add_citizen()
    token = desk.fetch_tokens(person)["access_token"]
    [message] = consume(desk, build_correction(person, "birth_date_jalali", "father_name"))
    assert (message.to, message.kind) == (person.mobile, "identity-corrected")
    assert message.text == "گواه: در سوابق بیمه شما نام پدر و تاریخ تولد اصلاح شد."
    # The account is as it was.
    assert desk.call("DELETE", "/sessions/current", token=token).status_code == 204


def test_an_old_correction_changes_the_code_without_a_message(desk: Desk) -> None:
    person = desk.add_citizen()
    corrected = give_code(desk, person)
    fields = ("national_code", "sex")
    messages = consume(desk, build_correction(person, *fields, ago=timedelta(days=2)))
    assert list_kinds(messages) == [(person.mobile, "national-code-corrected")]
    assert desk.sign_in(corrected).status_code == 200


def test_a_person_without_an_account_gets_nothing(desk: Desk) -> None:
    person = desk.add_person()
    give_code(desk, person)
    assert consume(desk, build_correction(person, "national_code", "last_name")) == []


def test_two_people_who_exchange_their_codes_sign_in_with_the_others(either_desk: Desk) -> None:
    desk = either_desk
    first, second = desk.add_citizen(), desk.add_citizen()
    given = give_code(desk, first, second.national_code), give_code(desk, second, first.national_code)
    consume(desk, build_correction(first, "national_code"), build_correction(second, "national_code"))
    for person in given:
        claims = desk.fetch_tokens(person)
        assert claims
    with desk.sessions() as session:
        accounts = session.connection().exec_driver_sql("SELECT national_code, mobile FROM accounts").all()
    assert sorted(map(tuple, accounts)) == sorted((person.national_code, person.mobile) for person in given)


def test_a_code_of_a_person_who_got_another_is_free(desk: Desk) -> None:
    """The event of the second person is read before that of the first one."""
    first, second = desk.add_citizen(), desk.add_citizen()
    moved, new = give_code(desk, first), give_code(desk, second, first.national_code)
    consume(desk, build_correction(second, "national_code"))
    assert desk.sign_in(new).status_code == 200
    assert desk.sign_in(moved).status_code == 200


def test_checks_wait_while_records_is_away(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_citizen()
    corrected = give_code(desk, person)
    desk.people.away = True
    with pytest.raises(Unavailable):
        consume(desk, build_correction(person, "national_code"))
    assert desk.sign_in(person).status_code == 200
    desk.people.away = False
    finish_checks(desk)
    assert desk.sign_in(corrected).status_code == 200


def test_a_correction_while_records_is_asked_is_asked_about_again(desk: Desk) -> None:
    person = desk.add_citizen()
    finish_checks(desk)
    corrected = give_code(desk, person)
    latest = invent_person()

    class SlowMatcher(FakePersonMatcher):
        """The next correction comes while this one answers."""

        def identify_person(self, person_id: uuid.UUID) -> PersonIdentity | None:
            identity = super().identify_person(person_id)
            desk.people = FakePersonMatcher(self.people, self.identities)
            give_code(desk, person, latest.national_code)
            consume(desk, build_correction(person, "national_code"))
            return identity

    desk.people = SlowMatcher(desk.people.people, desk.people.identities)
    consume(desk, build_correction(person, "national_code"))
    assert desk.sign_in(corrected).status_code == 401
    body = {"national_code": latest.national_code, "password": PASSWORD}
    assert desk.post("/sessions", body).status_code == 200


def test_a_person_whom_records_does_not_know_is_asked_about_again_and_given_up(desk: Desk) -> None:
    person = desk.add_citizen()
    finish_checks(desk)
    desk.people.identities[person.id] = None
    consume(desk, build_correction(person, "national_code"))
    for tries in range(1, MAX_TRIES + 1):
        with desk.engine.connect() as connection:
            rows = connection.exec_driver_sql("SELECT tries FROM person_checks").all()
        assert [tuple(row) for row in rows] == [(tries,)]
        assert check_people(desk.sessions, desk.people) == 0
        desk.execute_sql("UPDATE person_checks SET due_at = '2020-01-01 00:00:00.000000'")
        assert check_people(desk.sessions, desk.people) == 1
    with desk.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT 1 FROM person_checks").all() == []
    assert desk.sign_in(person).status_code == 200


def test_codes_that_were_sent_before_are_void(desk: Desk) -> None:
    person = desk.add_citizen()
    reset_id = desk.post("/password-resets", person.identity).get_json()["reset_id"]
    desk.send()
    code = desk.get_last_code()
    give_code(desk, person)
    consume(desk, build_correction(person, "national_code"))
    body = {"reset_code": code, "password": PASSWORD}
    assert desk.post(f"/password-resets/{reset_id}/completion", body).status_code == 410


def test_a_registration_that_ends_after_the_correction_has_the_new_code(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_person()
    registration_id = desk.register(person)
    code = desk.get_last_code()
    corrected = give_code(desk, person)
    consume(desk, build_correction(person, "national_code"))
    assert desk.activate(registration_id, code).status_code == 201
    messages = consume(desk)
    assert list_kinds(messages) == [(person.mobile, "national-code-corrected")]
    assert desk.sign_in(corrected).status_code == 200
