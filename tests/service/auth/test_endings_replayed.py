"""What has ended stays ended: auth after a restore from a backup, with its journal."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.restoring import Disaster
from tests.service.auth import administration as admins
from tests.service.auth import representatives
from tests.service.auth.accounts import change_password, complete_reset, request_reset
from tests.service.auth.desk import OTHER_PASSWORD, PASSWORD, Desk, open_desk
from tests.service.auth.staff import add_officer
from tests.service.auth.test_mobile_reversal import change_mobile
from tests.service.auth.test_own_second_factors import enrol, make_code, sign_in


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    url = (tmp_path / "endings").as_uri()
    with open_desk(database_url, tmp_path, endings_url=url, admin_second_factor="optional") as opened:
        yield opened


def back_up(desk: Desk) -> Disaster:
    return Disaster(desk.app, desk.engine, "auth", desk.settings.open_endings())


def test_a_replaced_password_opens_nothing_and_a_code_sets_another(desk: Desk) -> None:
    person, other = desk.add_citizen(), desk.add_citizen()
    disaster = back_up(desk)
    token = desk.fetch_tokens(person)["access_token"]
    assert change_password(desk, token).status_code == 204
    disaster.restore()
    assert [desk.sign_in(person, word).status_code for word in (PASSWORD, OTHER_PASSWORD)] == [401, 401]
    assert desk.sign_in(other).status_code == 200
    assert complete_reset(desk, request_reset(desk, person), desk.get_last_code()).status_code == 200
    assert desk.sign_in(person, OTHER_PASSWORD).status_code == 200


def test_ended_sessions_stay_ended(desk: Desk) -> None:
    person = desk.add_citizen()
    ended, live = desk.fetch_tokens(person), desk.fetch_tokens(person)
    disaster = back_up(desk)
    assert desk.call("DELETE", "/sessions/current", token=ended["access_token"]).status_code == 204
    disaster.restore()
    codes = [
        desk.post("/sessions/refresh", {"refresh_token": tokens["refresh_token"]}).status_code
        for tokens in (ended, live)
    ]
    assert codes == [401, 200]


def test_codes_never_go_to_a_mobile_that_was_replaced(desk: Desk) -> None:
    person = desk.add_citizen()
    disaster = back_up(desk)
    change_mobile(desk, person)
    disaster.restore()
    desk.messages.sent.clear()
    request_reset(desk, person)
    assert [message.to for message in desk.messages.sent] == []
    assert desk.sign_in(person).status_code == 401
    assert desk.activate(desk.register(person), desk.get_last_code(), OTHER_PASSWORD).status_code == 201
    assert desk.sign_in(person, OTHER_PASSWORD).status_code == 200


def test_closed_accounts_and_ended_mandates_stay_so(desk: Desk) -> None:
    person, helper, closed = desk.add_citizen(), desk.add_citizen(), desk.add_citizen()
    mandate = representatives.give_mandate(desk, person, helper)
    invitation = representatives.invite(desk, closed, helper)
    disaster = back_up(desk)
    token = representatives.sign_in(desk, person)
    assert desk.call("DELETE", f"/me/representatives/{mandate['id']}", token=token).status_code == 204
    token = representatives.sign_in(desk, closed)
    assert desk.call("DELETE", "/me", token=token, json={"password": PASSWORD}).status_code == 200
    disaster.restore()
    assert representatives.list_received(desk, helper) == []
    helping = representatives.sign_in(desk, helper)
    assert representatives.request_acting(desk, helping, person).status_code == 404
    assert desk.post(f"/me/mandates/{invitation['id']}/acceptance", token=helping).status_code == 404
    assert desk.sign_in(closed).status_code == 401


def test_removed_factors_and_used_recovery_codes_are_gone(desk: Desk) -> None:
    person = desk.add_citizen()
    _, codes = enrol(desk, desk.fetch_tokens(person)["access_token"])
    without = desk.add_citizen()
    secret, _ = enrol(desk, desk.fetch_tokens(without)["access_token"])
    disaster = back_up(desk)
    assert sign_in(desk, person, codes[0])[0] == 200
    body = {"national_code": without.national_code, "password": PASSWORD, "totp": make_code(secret)}
    token = desk.post("/sessions", body).get_json()["access_token"]
    [factor] = desk.call("GET", "/me", token=token).get_json()["second_factors"]
    removal = desk.call(
        "DELETE", f"/me/second-factors/{factor['id']}", token=token, json={"password": PASSWORD}
    )
    assert removal.status_code == 204, removal.text
    disaster.restore()
    assert sign_in(desk, person, codes[0])[0] == 401
    assert sign_in(desk, person, codes[1])[0] == 200
    assert sign_in(desk, without) == (200, "")


def test_a_factor_that_was_added_leaves_no_known_device(desk: Desk) -> None:
    person = desk.add_citizen()
    tokens = desk.fetch_tokens(person)
    disaster = back_up(desk)
    enrol(desk, tokens["access_token"])
    disaster.restore()
    refreshed = desk.post("/sessions/refresh", {"refresh_token": tokens["refresh_token"]})
    assert refreshed.status_code == 401
    devices = "SELECT count(*) FROM known_devices"
    with desk.engine.connect() as connection:
        assert connection.exec_driver_sql(devices).scalar() == 0


def test_staff_clients_and_institutions_that_were_disabled_stay_so(desk: Desk) -> None:
    admin = admins.add_admin(desk)
    bank, closed = admins.add_institution(desk, admin), admins.add_institution(desk, admin)
    add = {"client_id": "bank-a", "scopes": ["inquiry:inquire"]}
    clients = f"/admin/institutions/{bank['id']}/clients"
    secret = admins.create(desk, admin, clients, add)["secret"]
    admins.add_manager(desk, admin, closed["id"], "manager.one")
    for name in ("officer.one", "officer.two", "officer.three"):
        add_officer(desk, name, "lists")
    disaster = back_up(desk)
    replaced = desk.post("/admin/clients/bank-a/secret", token=admin)
    assert replaced.status_code in {200, 201}, replaced.text
    for name in ("officer.one", "officer.two"):
        desk.run("officers", "disable", name)
    words = ("--scope", "lists", "--password-file", desk.write_secret(OTHER_PASSWORD))
    desk.run("officers", "ensure", "officer.two", *words)
    body = {"name": closed["name"], "disabled": True}
    changed = desk.call("PUT", f"/admin/institutions/{closed['id']}", token=admin, json=body)
    assert changed.status_code == 200, changed.text
    disaster.restore()
    statuses = {
        name: desk.post("/sessions", {"username": name, "password": OTHER_PASSWORD}).status_code
        for name in ("officer.one", "officer.two", "officer.three", "manager.one")
    }
    assert statuses["officer.one"] == 401
    assert statuses["officer.three"] == 200
    assert statuses["manager.one"] == 401
    form = {"grant_type": "client_credentials", "audience": "inquiry"}
    for word in (secret, replaced.get_json()["secret"]):
        assert desk.call("POST", "/token", auth=("bank-a", word), data=form).status_code == 401


def test_a_retired_key_verifies_nothing_in_restored_keys(desk: Desk) -> None:
    directory = desk.settings.token_keys_dir
    disaster, [old] = back_up(desk), list(directory.iterdir())
    content = old.read_bytes()
    new = desk.run("keys", "add")
    desk.run("keys", "publish", new)
    desk.run("keys", "sign-with", new, "--now")
    desk.run("keys", "retire", old.stem, "--now")
    old.write_bytes(content)
    disaster.restore()
    assert not old.exists()
    assert desk.run("keys", "ensure") != old.stem


def test_every_session_ends_without_a_journal(desk: Desk) -> None:
    person = desk.add_citizen()
    tokens = desk.fetch_tokens(person)
    assert "suspended" in desk.run("endings", "suspend")
    refreshed = desk.post("/sessions/refresh", {"refresh_token": tokens["refresh_token"]})
    assert refreshed.status_code == 401
    assert desk.sign_in(person).status_code == 200
