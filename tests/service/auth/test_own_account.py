"""One's own password and mobile: changed with the password, reset with the mobile."""

from typing import Any

import pytest

from tests.service.auth.accounts import change_password, complete_reset, list_events, request_reset
from tests.service.auth.desk import OTHER_PASSWORD, PASSWORD, Desk, invent_person
from tests.service.auth.endings import read_sid
from tests.service.auth.staff import add_clerk, add_officer


def test_a_reset_goes_to_the_mobile_on_file_and_ends_every_session(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_citizen()
    before = desk.fetch_tokens(person)
    reset_id = request_reset(desk, person)
    [message] = desk.messages.sent
    assert (message.to, message.kind) == (person.mobile, "password-reset-code")
    assert complete_reset(desk, reset_id, desk.make_wrong_code()).get_json()["code"] == "reset-code-wrong"
    assert (
        complete_reset(desk, reset_id, desk.get_last_code(), "short").get_json()["code"]
        == "password-too-weak"
    )
    assert complete_reset(desk, reset_id, desk.get_last_code()).status_code == 200
    assert complete_reset(desk, reset_id, desk.get_last_code()).get_json()["code"] == "reset-expired"
    assert desk.post("/sessions/refresh", {"refresh_token": before["refresh_token"]}).status_code == 401
    assert desk.sign_in(person).status_code == 401
    assert desk.sign_in(person, OTHER_PASSWORD).status_code == 200


@pytest.mark.parametrize("has_record", [True, False])
def test_a_reset_without_an_account_looks_the_same_and_sends_nothing(desk: Desk, has_record: bool) -> None:
    reset_id = request_reset(desk, desk.add_person() if has_record else invent_person())
    assert desk.messages.sent == []
    assert complete_reset(desk, reset_id, "123456").get_json()["code"] == "reset-code-wrong"


def test_an_activation_code_resets_nothing(desk: Desk) -> None:
    registration_id = desk.register(desk.add_person())
    assert complete_reset(desk, registration_id, desk.get_last_code()).status_code == 404


def test_a_new_password_ends_the_other_sessions(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_citizen()
    here, there = desk.fetch_tokens(person), desk.fetch_tokens(person)
    assert (
        change_password(desk, here["access_token"], old="not this one").get_json()["code"]
        == "credentials-not-accepted"
    )
    assert change_password(desk, here["access_token"], new="12345").get_json()["code"] == "password-too-weak"
    assert change_password(desk, here["access_token"]).status_code == 204
    assert desk.post("/sessions/refresh", {"refresh_token": here["refresh_token"]}).status_code == 200
    assert desk.post("/sessions/refresh", {"refresh_token": there["refresh_token"]}).status_code == 401
    assert (
        change_password(desk, there["access_token"], OTHER_PASSWORD, PASSWORD).get_json()["code"]
        == "token-invalid"
    )
    assert desk.sign_in(person, OTHER_PASSWORD).status_code == 200


def test_staff_change_their_own_passwords_too(desk: Desk) -> None:
    add_officer(desk, "officer.one", "audit")
    add_clerk(desk, "clerk.one")
    for username in ("officer.one", "clerk.one"):
        credentials = {"username": username, "password": OTHER_PASSWORD}
        token = desk.post("/sessions", credentials).get_json()["access_token"]
        assert change_password(desk, token, OTHER_PASSWORD, f"{username}-and-more").status_code == 422
        assert change_password(desk, token, OTHER_PASSWORD, PASSWORD).status_code == 204
        assert desk.post("/sessions", credentials | {"password": PASSWORD}).status_code == 200
    assert [name for name, _, _ in list_events(desk)] == ["institution.added"]


def test_guesses_of_the_old_password_are_limited(desk: Desk) -> None:
    token = desk.fetch_tokens(desk.add_citizen())["access_token"]
    responses = [change_password(desk, token, old="not this one").status_code for _ in range(6)]
    assert responses == [401] * 5 + [429]


def test_a_mobile_is_changed_with_the_code_that_it_got(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_citizen()
    token = desk.fetch_tokens(person)["access_token"]
    mobile = invent_person().mobile
    assert desk.post("/mobile", {"mobile": mobile, "password": "wrong"}, token=token).status_code == 401
    requested = desk.post("/mobile", {"mobile": mobile, "password": PASSWORD}, token=token)
    assert (requested.status_code, requested.get_json()["status"]) == (202, "code-sent")
    assert [message.to for message in desk.list_sent("mobile-change-code")] == [mobile]

    def confirm(code: str) -> Any:
        return desk.post("/mobile/confirmation", {"code": code}, token=token)

    assert confirm(desk.make_wrong_code()).get_json()["code"] == "mobile-code-wrong"
    assert confirm(desk.get_last_code()).status_code == 204
    assert confirm(desk.get_last_code()).get_json()["code"] == "mobile-change-expired"
    request_reset(desk, person)
    assert [message.to for message in desk.list_sent("password-reset-code")] == [mobile]


def test_another_persons_mobile_gets_no_code(desk: Desk) -> None:
    token = desk.fetch_tokens(desk.add_citizen())["access_token"]
    mobile = invent_person().mobile
    desk.mobiles.refused.add(mobile)
    assert desk.post("/mobile", {"mobile": mobile, "password": PASSWORD}, token=token).status_code == 202
    assert desk.list_sent("mobile-change-code") == []


def test_only_citizens_have_a_mobile(desk: Desk) -> None:
    add_officer(desk, "officer.one", "audit")
    credentials = {"username": "officer.one", "password": OTHER_PASSWORD}
    token = desk.post("/sessions", credentials).get_json()["access_token"]
    assert desk.post("/mobile", {"mobile": "09120000000", "password": "x"}, token=token).status_code == 403


def test_activations_and_ended_sessions_are_published(desk: Desk) -> None:
    person = desk.add_citizen()
    token, other = (desk.fetch_tokens(person)["access_token"] for _ in range(2))
    change_password(desk, token)
    desk.call("DELETE", "/sessions/current", token=token)
    desk.call("DELETE", "/sessions/current", token=token)
    assert list_events(desk) == [
        ("account.activated", str(person.id), "{}"),
        ("password.changed", str(person.id), '{"how": "change"}'),
        (
            "sessions.ended",
            str(person.id),
            f'{{"reason": "password-changed", "sids": ["{read_sid(other)}"]}}',
        ),
        ("sessions.ended", str(person.id), f'{{"reason": "signed-out", "sids": ["{read_sid(token)}"]}}'),
    ]
