"""Devices on which someone has signed in: what they are good for, and that no token is an error."""

from collections.abc import Callable
from typing import Any

import pytest

from services.auth import store
from services.auth.actions.devices import MAX_DEVICES
from tests.service.auth.desk import OTHER_PASSWORD, PASSWORD, Desk, Person
from tests.service.auth.guessing import (
    WRONG_PASSWORD,
    get_problem_code,
    make_address,
    pass_threshold,
    sign_in,
)
from tests.service.auth.staff import add_officer


def get_device_token(desk: Desk, user: str, password: str = PASSWORD, **more: Any) -> str:
    """Return the token of a new device."""
    response = sign_in(desk, user, password, **more)
    assert response.status_code == 200, response.text
    return str(response.get_json()["device_token"])


def test_a_new_device_gets_a_token_and_the_person_a_message(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_citizen()
    token = get_device_token(desk, person.national_code)
    assert [message.to for message in desk.list_sent("new-sign-in")] == [person.mobile]
    again = sign_in(desk, person.national_code, PASSWORD, make_address(1), device_token=token).get_json()
    assert again.keys() == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert len(desk.list_sent("new-sign-in")) == 1
    assert desk.post("/sessions/refresh", {"refresh_token": again["refresh_token"]}).get_json().keys() == {
        "access_token",
        "refresh_token",
        "token_type",
        "expires_in",
    }


def test_only_the_hash_of_a_token_is_in_the_database(desk: Desk) -> None:
    secret = get_device_token(desk, desk.add_citizen().national_code).partition(".")[2]
    with desk.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT * FROM known_devices").all()
    assert len(rows) == 1
    assert secret not in str(rows)


def test_a_person_gets_at_most_five_messages_a_day_about_new_devices(desk: Desk) -> None:
    person = desk.add_citizen()
    for number in range(7):
        get_device_token(desk, person.national_code, source=make_address(number))
    assert len(desk.list_sent("new-sign-in")) == 5


@pytest.mark.parametrize(
    "token",
    ["", ".", "x", "x.y", "0" * 32, "0" * 32 + ".x", "۱۲۳", "x" * 5000, None, 7, True, [], {"a": 1}],
)
def test_an_invalid_token_is_an_unknown_device(desk: Desk, token: Any) -> None:
    response = sign_in(desk, desk.add_citizen().national_code, PASSWORD, device_token=token)
    assert (response.status_code, "device_token" in response.get_json()) == (200, True)


def test_another_persons_device_is_unknown(desk: Desk) -> None:
    person, thief = desk.add_citizen(), desk.add_citizen()
    token = get_device_token(desk, thief.national_code)
    pass_threshold(desk, person.national_code)
    response = sign_in(desk, person.national_code, PASSWORD, device_token=token)
    assert get_problem_code(response) == "sign-in-code-required"
    half = f"{token.partition('.')[0]}.{get_device_token(desk, thief.national_code).partition('.')[2]}"
    assert "device_token" in sign_in(desk, thief.national_code, PASSWORD, device_token=half).get_json()


def test_the_owners_device_is_accepted_whatever_strangers_do(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_citizen()
    token = get_device_token(desk, person.national_code, source=make_address(1))
    for _ in range(6):
        last = sign_in(desk, person.national_code, WRONG_PASSWORD, make_address(1))
    assert last.status_code == 429
    pass_threshold(desk, person.national_code)
    response = sign_in(desk, person.national_code, PASSWORD, make_address(1), device_token=token)
    assert response.status_code == 200


def test_a_device_that_fails_too_often_counts_as_unknown(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_citizen()
    token, other = (get_device_token(desk, person.national_code) for _ in range(2))
    pass_threshold(desk, person.national_code)
    fields = {"device_token": token}
    responses = [
        get_problem_code(sign_in(desk, person.national_code, WRONG_PASSWORD, make_address(number), **fields))
        for number in range(6)
    ]
    assert responses == ["credentials-not-accepted"] * 5 + ["sign-in-code-required"]
    assert get_problem_code(sign_in(desk, person.national_code, PASSWORD, make_address(9), **fields)) == (
        "sign-in-code-required"
    )
    assert sign_in(desk, person.national_code, PASSWORD, device_token=other).status_code == 200


def test_the_least_recently_seen_of_many_devices_is_forgotten(desk: Desk) -> None:
    person, other = desk.add_citizen(), desk.add_citizen()
    others = get_device_token(desk, other.national_code)
    first, second = (get_device_token(desk, person.national_code) for _ in range(2))
    sign_in(desk, person.national_code, PASSWORD, device_token=first)
    for _ in range(MAX_DEVICES - 1):
        get_device_token(desk, person.national_code)
    for token, is_known in ((first, True), (second, False)):
        response = sign_in(desk, person.national_code, PASSWORD, device_token=token)
        assert ("device_token" not in response.get_json()) == is_known
    assert "device_token" not in sign_in(desk, other.national_code, PASSWORD, device_token=others).get_json()


def reset_by_code(desk: Desk, person: Person) -> None:
    desk.messages.sent.clear()
    reset_id = desk.post("/password-resets", person.identity).get_json()["reset_id"]
    desk.send()
    fields = {"reset_code": desk.get_last_code(), "password": OTHER_PASSWORD}
    assert desk.post(f"/password-resets/{reset_id}/completion", fields).status_code == 200


def change_own_password(desk: Desk, person: Person) -> None:
    fields = {"old_password": PASSWORD, "new_password": OTHER_PASSWORD}
    token = desk.fetch_tokens(person)["access_token"]
    assert desk.post("/password", fields, token=token).status_code == 204


@pytest.mark.parametrize("change", [reset_by_code, change_own_password])
def test_a_new_password_forgets_the_devices_of_the_old_one(
    either_desk: Desk, change: Callable[[Desk, Person], None]
) -> None:
    desk = either_desk
    person, other = desk.add_citizen(), desk.add_citizen()
    stolen, others = get_device_token(desk, person.national_code), get_device_token(desk, other.national_code)
    change(desk, person)
    pass_threshold(desk, person.national_code)
    response = sign_in(desk, person.national_code, OTHER_PASSWORD, make_address(1), device_token=stolen)
    assert get_problem_code(response) == "sign-in-code-required"
    assert "device_token" not in sign_in(desk, other.national_code, PASSWORD, device_token=others).get_json()


def test_a_password_set_by_an_operator_forgets_the_devices_of_staff(desk: Desk) -> None:
    arguments = ("officers", "ensure", "officer.one", "--scope", "audit", "--password-file")
    desk.run(*arguments, desk.write_secret(OTHER_PASSWORD))
    token = get_device_token(desk, "officer.one", OTHER_PASSWORD)
    desk.run(*arguments, desk.write_secret(OTHER_PASSWORD))
    assert "device_token" not in sign_in(desk, "officer.one", OTHER_PASSWORD, device_token=token).get_json()
    desk.run(*arguments, desk.write_secret(PASSWORD))
    assert "device_token" in sign_in(desk, "officer.one", PASSWORD, device_token=token).get_json()


def test_a_device_that_was_not_seen_for_long_is_deleted(desk: Desk) -> None:
    person = desk.add_citizen()
    token = get_device_token(desk, person.national_code)
    desk.execute_sql("UPDATE known_devices SET last_seen_at = '2020-01-01 00:00:00.000000'")
    with desk.sessions.begin() as session:
        store.delete_expired(session)
    assert "device_token" in sign_in(desk, person.national_code, PASSWORD, device_token=token).get_json()


def test_staff_have_devices_too_and_get_no_message(desk: Desk) -> None:
    add_officer(desk, "officer.one", "audit")
    token = get_device_token(desk, "officer.one", OTHER_PASSWORD)
    response = sign_in(desk, "officer.one", OTHER_PASSWORD, device_token=token)
    assert (response.status_code, "device_token" in response.get_json()) == (200, False)
    assert desk.list_sent("new-sign-in") == []
