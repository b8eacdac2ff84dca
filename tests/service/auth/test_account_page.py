"""The account page's calls: the account, its devices and sessions, its data, and its end."""

import json
from typing import Any

import pytest

from services.auth.actions.closings import delete_closed_accounts
from tests.service.auth.desk import OTHER_PASSWORD, PASSWORD, Desk, Person
from tests.service.auth.staff import add_clerk, add_officer
from tests.service.auth.test_daily_messages import consume, make_event, make_view

FIREFOX = "Mozilla/5.0 (Android 14; Mobile; rv:130.0) Gecko/130.0 Firefox/130.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/129.0.0.0 Safari/537.36"

LET_TIME_PASS = "UPDATE accounts SET closes_at = '2020-01-01 00:00:00.000000' WHERE closes_at IS NOT NULL"


def sign_in(desk: Desk, person: Person, user_agent: str = FIREFOX, **more: str) -> dict[str, Any]:
    body = {"national_code": person.national_code, "password": PASSWORD} | more
    response = desk.post("/sessions", body, headers={"User-Agent": user_agent})
    assert response.status_code == 200, response.text
    grant: dict[str, Any] = response.get_json()
    return grant


def list_devices(desk: Desk, token: str) -> list[dict[str, Any]]:
    devices: list[dict[str, Any]] = desk.call("GET", "/me/devices", token=token).get_json()["items"]
    return devices


@pytest.fixture
def person(either_desk: Desk) -> Person:
    return either_desk.add_citizen()


def test_the_account_is_shown_without_the_whole_mobile(either_desk: Desk, person: Person) -> None:
    desk = either_desk
    account = desk.call("GET", "/me", token=sign_in(desk, person)["access_token"]).get_json()
    assert account.pop("activated_at")
    assert account == {
        "role": "citizen",
        "national_code": person.national_code,
        "mobile": f"0912***{person.mobile[-4:]}",
        "language": "fa",
        "has_second_factor": False,
        "second_factors": [],
        "recovery_codes_left": 0,
    }


def test_staff_see_their_own_account(desk: Desk) -> None:
    add_officer(desk, "officer.one", "lists", password=PASSWORD)
    add_clerk(desk, "clerk.one", password=PASSWORD)
    seen = []
    for username in ("officer.one", "clerk.one"):
        grant = desk.post("/sessions", {"username": username, "password": PASSWORD}).get_json()
        account = desk.call("GET", "/me", token=grant["access_token"]).get_json()
        seen.append((account["role"], account["username"], account.get("institution")))
        assert (
            desk.call("PATCH", "/me", token=grant["access_token"], json={"language": "en"}).status_code == 403
        )
    assert seen == [("officer", "officer.one", None), ("institution", "clerk.one", "بانک نمونه")]


def test_messages_come_in_the_language_of_the_account(either_desk: Desk, person: Person) -> None:
    desk = either_desk
    token = sign_in(desk, person)["access_token"]
    changed = desk.call("PATCH", "/me", token=token, json={"language": "en"})
    assert changed.get_json()["language"] == "en"
    assert desk.call("PATCH", "/me", token=token, json={"language": "xx"}).status_code == 422
    desk.send()
    desk.messages.sent.clear()
    desk.post("/password-resets", person.identity)
    sign_in(desk, person, CHROME)
    desk.send()
    assert {message.text[:7] for message in desk.messages.sent} == {"Govah: "}
    assert len(desk.messages.sent) == 2


def test_devices_are_listed_by_their_kind_of_browser(either_desk: Desk, person: Person) -> None:
    desk = either_desk
    first = sign_in(desk, person)
    second = sign_in(desk, person, CHROME)
    sign_in(desk, person, device_token=first["device_token"])
    devices = list_devices(desk, second["access_token"])
    assert {(d["browser"], d["system"], d["signed_in"], d["current"]) for d in devices} == {
        ("firefox", "android", True, False),
        ("chrome", "windows", True, True),
    }
    assert len(devices) == 2
    assert "Mozilla" not in json.dumps(devices)


def test_signing_a_device_out_ends_its_sessions_and_forgets_it(either_desk: Desk, person: Person) -> None:
    desk = either_desk
    lost, own = sign_in(desk, person), sign_in(desk, person, CHROME)
    again = sign_in(desk, person, device_token=lost["device_token"])
    device = next(d for d in list_devices(desk, own["access_token"]) if not d["current"])
    path = f"/me/devices/{device['id']}"
    stranger = desk.fetch_tokens(desk.add_citizen())["access_token"]
    assert desk.call("DELETE", path, token=stranger).status_code == 404
    assert desk.call("DELETE", path, token=own["access_token"]).status_code == 204
    assert desk.call("DELETE", path, token=own["access_token"]).status_code == 404
    for grant in (lost, again):
        assert desk.call("GET", "/me", token=grant["access_token"]).status_code == 401
        assert desk.post("/sessions/refresh", {"refresh_token": grant["refresh_token"]}).status_code == 401
    # The token of a forgotten device is that of an unknown one.
    assert sign_in(desk, person, device_token=lost["device_token"])["device_token"]
    assert len(list_devices(desk, own["access_token"])) == 2


def test_a_session_of_before_the_upgrade_is_listed_and_can_be_ended(
    either_desk: Desk, person: Person
) -> None:
    desk = either_desk
    old, own = sign_in(desk, person), sign_in(desk, person, CHROME)
    desk.execute_sql(
        "UPDATE refresh_families SET device_id = NULL, browser = NULL WHERE browser = 'firefox/android'"
    )
    desk.execute_sql("DELETE FROM known_devices WHERE browser = 'firefox/android'")
    [device] = [d for d in list_devices(desk, own["access_token"]) if "browser" not in d]
    assert device["signed_in"]
    assert desk.call("DELETE", f"/me/devices/{device['id']}", token=own["access_token"]).status_code == 204
    assert desk.call("GET", "/me", token=old["access_token"]).status_code == 401


def test_the_export_has_messages_and_views(either_desk: Desk, person: Person) -> None:
    desk = either_desk
    token, other = sign_in(desk, person)["access_token"], desk.add_citizen()
    consume(desk, [make_event(1, "letter.ready", person)], source="disclosure")
    consume(desk, [make_view(1, person), make_view(2, person), make_view(3, other)])
    document = desk.call("GET", "/me/export", token=token).get_json()
    assert {message["kind"] for message in document["messages"]} >= {"letter-ready", "letter-viewed"}
    assert not any(message["sent"] for message in document["messages"] if message["kind"] == "letter-ready")
    assert len(document["views"]) == 2
    desk.send()
    document = desk.call("GET", "/me/export", token=token).get_json()
    assert all(message["sent"] for message in document["messages"] if message["kind"] == "letter-ready")


def test_the_export_has_everything_but_secrets(either_desk: Desk, person: Person) -> None:
    desk = either_desk
    token = sign_in(desk, person)["access_token"]
    document = desk.call("GET", "/me/export", token=token).get_json()
    assert document["account"]["mobile"] == person.mobile
    assert len(document["devices"]) == 1
    assert {item["kind"] for item in document["preferences"]} >= {"letter-viewed", "new-sign-in"}
    assert not {"password", "hash", "secret", "token"} & set(json.dumps(document).replace('"', " ").split())


def close(desk: Desk, person: Person) -> str:
    token = str(sign_in(desk, person)["access_token"])
    assert desk.call("DELETE", "/me", token=token, json={"password": OTHER_PASSWORD}).status_code == 401
    closed = desk.call("DELETE", "/me", token=token, json={"password": PASSWORD})
    assert closed.status_code == 200, closed.text
    assert closed.get_json()["closes_at"]
    return token


def list_events(desk: Desk, kind: str) -> list[str | None]:
    with desk.engine.begin() as connection:
        rows = connection.exec_driver_sql(f"SELECT subject FROM outbox WHERE name = '{kind}'")
        return [subject for (subject,) in rows]


def test_closing_ends_sessions_and_says_so(either_desk: Desk, person: Person) -> None:
    desk = either_desk
    token = close(desk, person)
    assert desk.call("GET", "/me", token=token).status_code == 401
    assert desk.sign_in(person).status_code == 401
    assert list_events(desk, "account.closed") == [str(person.id)]
    [message] = desk.list_sent("account-ended")
    assert message.to == person.mobile


def test_a_new_password_opens_a_closed_account_again(either_desk: Desk, person: Person) -> None:
    desk = either_desk
    close(desk, person)
    reset = desk.post("/password-resets", person.identity).get_json()["reset_id"]
    desk.send()
    body = {"reset_code": desk.get_last_code(), "password": OTHER_PASSWORD}
    assert desk.post(f"/password-resets/{reset}/completion", body).status_code == 200
    assert desk.sign_in(person, OTHER_PASSWORD).status_code == 200
    desk.execute_sql(
        "UPDATE accounts SET closes_at = '2020-01-01 00:00:00.000000' WHERE closes_at IS NOT NULL"
    )
    assert delete_closed_accounts(desk.sessions) == 0


def test_a_closed_account_is_deleted_in_time_and_its_person_may_register_again(
    either_desk: Desk, person: Person
) -> None:
    desk = either_desk
    close(desk, person)
    assert delete_closed_accounts(desk.sessions) == 0
    desk.execute_sql(
        "UPDATE accounts SET closes_at = '2020-01-01 00:00:00.000000' WHERE closes_at IS NOT NULL"
    )
    assert delete_closed_accounts(desk.sessions) == 1
    desk.execute_sql("DELETE FROM failed_attempts")
    assert desk.activate(desk.register(person), desk.get_last_code(), OTHER_PASSWORD).status_code == 201
    assert desk.sign_in(person, OTHER_PASSWORD).status_code == 200
