"""Admins: officers, institutions, their managers and clients, and the log of all that."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from services.auth.actions.clients import MAX_CLIENTS
from tests.databases import SqliteTemplates
from tests.service.auth.accounts import list_events
from tests.service.auth.administration import (
    ADMIN,
    add_admin,
    add_institution,
    add_manager,
    choose_password,
    create,
    list_actions,
    open_admin_desk,
    sign_in,
)
from tests.service.auth.desk import OTHER_PASSWORD, Desk, verify_claims

SCHEMA = Path(__file__).parents[3] / "contracts" / "events" / "institution.changed.schema.json"
OFFICERS, INSTITUTIONS = "/admin/officers", "/admin/institutions"


@pytest.fixture(scope="module")
def desk(sqlite_templates: SqliteTemplates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with open_admin_desk(sqlite_templates, tmp_path_factory.mktemp("administration")) as opened:
        yield opened


@pytest.fixture(scope="module")
def token(desk: Desk) -> str:
    return add_admin(desk)


def invent_name() -> str:
    return f"person.{uuid.uuid4().hex[:8]}"


def add_officer(desk: Desk, token: str, *scopes: str) -> dict[str, Any]:
    return create(desk, token, OFFICERS, {"username": invent_name(), "scopes": list(scopes)})


def build_change(**changed: Any) -> dict[str, Any]:
    return {"name": "بانک آزمون", "disabled": False} | changed


def test_a_new_officer_chooses_a_password_before_anything_else(desk: Desk, token: str) -> None:
    officer = add_officer(desk, token, "lists", "audit")
    assert officer["password_expires_at"] is not None
    first = sign_in(desk, officer["username"], officer["password"])
    assert verify_claims(desk, first, "records")["scope"] == "choose-password"
    same = {"old_password": officer["password"], "new_password": officer["password"]}
    assert desk.post("/password", same, token=first).get_json()["code"] == "password-too-weak"
    chosen = choose_password(desk, officer["username"], officer["password"])
    claims = verify_claims(desk, chosen, "records")
    assert (claims["role"], claims["scope"]) == ("officer", "audit lists")
    account = desk.call("GET", f"{OFFICERS}/{officer['id']}", token=token).get_json()
    assert (account["password_expires_at"], "password" in account) == (None, False)


def test_a_one_time_password_expires(desk: Desk, token: str) -> None:
    officer = add_officer(desk, token, "lists")
    past = "UPDATE staff SET password_expires_at = '2020-01-01 00:00:00.000000' WHERE username = :name"
    desk.execute_sql(past, name=officer["username"])
    refused = desk.post("/sessions", {"username": officer["username"], "password": officer["password"]})
    assert (refused.status_code, refused.get_json()["code"]) == (401, "credentials-not-accepted")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"username": "UPPER", "scopes": ["lists"]}, "username"),
        ({"username": "ab", "scopes": ["lists"]}, "username"),
        ({"username": "officer.x", "scopes": []}, "scopes"),
        ({"username": "officer.x", "scopes": ["admin"]}, "scopes.0"),
        ({"username": "officer.x", "scopes": ["lists", "lists"]}, "scopes"),
        ({"username": "officer.x", "role": "admin", "scopes": ["lists"]}, "scopes"),
        ({"username": "officer.x", "role": "citizen"}, "role"),
    ],
)
def test_an_invalid_officer_is_refused(desk: Desk, token: str, body: dict[str, Any], field: str) -> None:
    response = desk.post(OFFICERS, body, token=token)
    assert (response.status_code, response.get_json()["errors"][0]["field"]) == (422, field)


def test_a_user_name_is_given_once(desk: Desk, token: str) -> None:
    officer = add_officer(desk, token, "lists")
    again = desk.post(OFFICERS, {"username": officer["username"], "scopes": ["audit"]}, token=token)
    assert (again.status_code, again.get_json()["code"]) == (409, "username-taken")


def test_an_admin_has_no_scopes_of_officers(desk: Desk, token: str) -> None:
    admin = create(desk, token, OFFICERS, {"username": invent_name(), "role": "admin"})
    other = choose_password(desk, admin["username"], admin["password"])
    claims = verify_claims(desk, other, "records")
    assert (claims["role"], claims["scope"]) == ("admin", "admin")
    path = f"{OFFICERS}/{admin['id']}"
    changed = desk.call("PUT", path, token=token, json={"scopes": ["lists"], "disabled": False})
    assert changed.get_json()["scopes"] == []
    assert desk.call("GET", OFFICERS, token=other).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "", {"scopes": ["lists"], "disabled": True}),
        ("POST", "/password", None),
        ("DELETE", "/second-factor", None),
        ("DELETE", "/sessions", None),
    ],
)
def test_nobody_changes_the_own_account(desk: Desk, token: str, method: str, path: str, body: Any) -> None:
    own = next(
        item
        for item in desk.call("GET", OFFICERS, token=token).get_json()["items"]
        if item["username"] == ADMIN
    )
    refused = desk.call(method, f"{OFFICERS}/{own['id']}{path}", token=token, json=body)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "own-account")


def test_fewer_scopes_and_a_disabled_account_end_the_sessions(desk: Desk, token: str) -> None:
    officer = add_officer(desk, token, "lists", "audit")
    name, path = officer["username"], f"{OFFICERS}/{officer['id']}"
    session = choose_password(desk, name, officer["password"])
    desk.call("PUT", path, token=token, json={"scopes": ["audit"], "disabled": False})
    assert desk.post("/password", {}, token=session).status_code == 401
    session = sign_in(desk, name)
    assert verify_claims(desk, session, "records")["scope"] == "audit"
    disabled = desk.call("PUT", path, token=token, json={"scopes": ["audit"], "disabled": True})
    assert disabled.get_json()["disabled_at"] is not None
    assert desk.post("/password", {}, token=session).status_code == 401
    assert desk.post("/sessions", {"username": name, "password": OTHER_PASSWORD}).status_code == 401
    desk.call("PUT", path, token=token, json={"disabled": False})
    session = sign_in(desk, name)
    assert desk.call("DELETE", f"{path}/sessions", token=token).status_code == 204
    assert desk.post("/password", {}, token=session).status_code == 401
    done = [action for _, action, target in list_actions(desk, token) if target == name]
    assert done == [
        "sessions-ended",
        "account-enabled",
        "account-disabled",
        "scopes-changed",
        "officer-added",
    ]


def test_a_reset_password_is_the_only_one(desk: Desk, token: str) -> None:
    officer = add_officer(desk, token, "lists")
    choose_password(desk, officer["username"], officer["password"])
    reset = desk.post(f"{OFFICERS}/{officer['id']}/password", token=token).get_json()
    old = {"username": officer["username"], "password": OTHER_PASSWORD}
    assert desk.post("/sessions", old).status_code == 401
    assert choose_password(desk, officer["username"], reset["password"])


def test_officers_and_clerks_are_not_each_others(desk: Desk, token: str) -> None:
    institution = add_institution(desk, token)
    body = {"username": invent_name()}
    clerk = create(desk, token, f"{INSTITUTIONS}/{institution['id']}/clerks", body)
    officer = add_officer(desk, token, "lists")
    wrong = [
        ("GET", f"{OFFICERS}/{clerk['id']}", None),
        ("POST", f"{OFFICERS}/{clerk['id']}/password", None),
        ("PUT", f"/admin/clerks/{officer['id']}", {"is_manager": True, "disabled": False}),
        ("POST", f"/admin/clerks/{officer['id']}/password", None),
        ("GET", f"{OFFICERS}/{uuid.uuid4()}", None),
        ("GET", f"{INSTITUTIONS}/{uuid.uuid4()}", None),
        ("GET", f"{INSTITUTIONS}/{uuid.uuid4()}/clerks", None),
        ("PUT", "/admin/clients/auth", {"scopes": ["inquiry:inquire"], "disabled": True}),
    ]
    for method, path, sent in wrong:
        assert desk.call(method, path, token=token, json=sent).status_code == 404, path


def test_an_institution_is_added_changed_and_published(desk: Desk, token: str) -> None:
    details = {
        "contact": "تلفن ۰۲۱۱۲۳۴۵",
        "contact_mobile": "09120000000",
        "purposes": [{"code": "loan", "fa": "پرداخت وام", "en": "Loan"}],
        "return_urls": ["https://bank.example/back?from=govah"],
        "daily_quota": 5000,
        "verified": True,
    }
    added = create(desk, token, INSTITUTIONS, {"name": "بانک آزمون", **details})
    assert {name: added[name] for name in details if name != "verified"} | {"verified": True} == details
    path = f"{INSTITUTIONS}/{added['id']}"
    changed = desk.call("PUT", path, token=token, json=build_change(contact="تلفن ۰۲۱۹۹۹۹")).get_json()
    assert (changed["purposes"], changed["verified_since"], changed["contact"]) == ([], None, "تلفن ۰۲۱۹۹۹۹")
    unchanged = desk.call("PUT", path, token=token, json=build_change(contact="تلفن ۰۲۱۹۹۹۹"))
    assert unchanged.get_json() == changed
    events = [
        (name, json.loads(data))
        for name, _, data in list_events(desk)
        if name.startswith("institution.") and json.loads(data)["institution_id"] == added["id"]
    ]
    assert [name for name, _ in events] == [
        "institution.added",
        "institution.changed",
        "institution.changed",
    ]
    schema = json.loads(SCHEMA.read_text("utf-8"))["properties"]["data"]
    for _, data in events[1:]:
        jsonschema.validate(data, schema)
    assert events[2][1]["contact"] == "تلفن ۰۲۱۹۹۹۹"
    assert list_actions(desk, token)[0] == (ADMIN, "institution-changed", "بانک آزمون")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": ""}, "name"),
        ({"contact_mobile": "12"}, "contact_mobile"),
        ({"purposes": [{"code": "وام", "fa": "وام", "en": "Loan"}]}, "purposes.0.code"),
        ({"purposes": [{"code": "a", "fa": "الف", "en": "A"}] * 2}, "purposes"),
        ({"return_urls": ["http://bank.example"]}, "return_urls.0"),
        ({"return_urls": ["https://user@bank.example"]}, "return_urls.0"),
        ({"return_urls": ["javascript:alert(1)"]}, "return_urls.0"),
        ({"return_urls": ["https://[::1"]}, "return_urls.0"),
        ({"daily_quota": 0}, "daily_quota"),
    ],
)
def test_an_invalid_institution_is_refused(
    desk: Desk, token: str, changed: dict[str, Any], field: str
) -> None:
    response = desk.post(INSTITUTIONS, {"name": "موسسه نادرست"} | changed, token=token)
    assert (response.status_code, response.get_json()["errors"][0]["field"]) == (422, field)


def test_an_institutions_name_is_given_once_however_it_is_spelled(desk: Desk, token: str) -> None:
    add_institution(desk, token, "صندوق یگانه")
    other = add_institution(desk, token)
    again = desk.post(INSTITUTIONS, {"name": "صندوق  يگانه"}, token=token)
    assert (again.status_code, again.get_json()["code"]) == (409, "institution-name-taken")
    renamed = desk.call(
        "PUT", f"{INSTITUTIONS}/{other['id']}", token=token, json=build_change(name="صندوق یگانه")
    )
    assert renamed.get_json()["code"] == "institution-name-taken"


def test_nobody_works_for_a_disabled_institution(desk: Desk, token: str) -> None:
    institution = add_institution(desk, token)
    path = f"{INSTITUTIONS}/{institution['id']}"
    manager_name, client_id = invent_name(), invent_name()
    manager = add_manager(desk, token, institution["id"], manager_name)
    client = create(desk, token, f"{path}/clients", {"client_id": client_id})
    grant: dict[str, Any] = {
        "auth": (client_id, client["secret"]),
        "data": {"grant_type": "client_credentials"},
    }
    assert desk.call("POST", "/token", **grant).status_code == 200
    change = build_change(name=institution["name"], disabled=True)
    assert desk.call("PUT", path, token=token, json=change).get_json()["disabled_at"] is not None
    assert desk.call("GET", "/institution", token=manager).status_code == 401
    assert desk.post("/sessions", {"username": manager_name, "password": OTHER_PASSWORD}).status_code == 401
    assert desk.call("POST", "/token", **grant).get_json()["error"] == "invalid_client"
    for what, body in (("clerks", {"username": invent_name()}), ("clients", {"client_id": invent_name()})):
        refused = desk.post(f"{path}/{what}", body, token=token)
        assert (refused.status_code, refused.get_json()["code"]) == (409, "institution-disabled")
    desk.call("PUT", path, token=token, json=change | {"disabled": False})
    assert sign_in(desk, manager_name)
    assert desk.call("POST", "/token", **grant).status_code == 200
    done = [action for _, action, target in list_actions(desk, token) if target == institution["name"]]
    assert done == ["institution-enabled", "institution-disabled", "institution-added"]


def test_a_client_gets_a_secret_once_and_loses_what_is_taken_away(desk: Desk, token: str) -> None:
    institution, client_id = add_institution(desk, token), invent_name()
    path = f"{INSTITUTIONS}/{institution['id']}/clients"
    client = create(desk, token, path, {"client_id": client_id})
    assert client["scopes"] == ["inquiry:inquire", "inquiry:report"]
    again = desk.post(path, {"client_id": client_id}, token=token)
    assert (again.status_code, again.get_json()["code"]) == (409, "client-id-taken")
    [item] = desk.call("GET", path, token=token).get_json()["items"]
    assert "secret" not in item
    new = desk.post(f"/admin/clients/{client_id}/secret", token=token).get_json()
    form = {"grant_type": "client_credentials"}
    old_grant = desk.call("POST", "/token", auth=(client_id, client["secret"]), data=form)
    assert old_grant.status_code == 401
    grant = desk.call("POST", "/token", auth=(client_id, new["secret"]), data=form)
    assert grant.status_code == 200
    reduced = {"scopes": ["inquiry:inquire"], "disabled": False}
    assert desk.call("PUT", f"/admin/clients/{client_id}", token=token, json=reduced).status_code == 200
    grant = desk.call("POST", "/token", auth=(client_id, new["secret"]), data=form)
    assert grant.get_json()["scope"] == "inquiry:inquire"
    off = desk.call("PUT", f"/admin/clients/{client_id}", token=token, json=reduced | {"disabled": True})
    assert off.get_json()["disabled_at"] is not None
    assert desk.call("POST", "/token", auth=(client_id, new["secret"]), data=form).status_code == 401


def test_an_institution_has_a_limited_number_of_clients(desk: Desk, token: str) -> None:
    institution = add_institution(desk, token)
    path = f"{INSTITUTIONS}/{institution['id']}/clients"
    names = [invent_name() for _ in range(MAX_CLIENTS + 1)]
    for name in names[:-1]:
        create(desk, token, path, {"client_id": name})
    refused = desk.post(path, {"client_id": names[-1]}, token=token)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "limit-reached")


def test_the_log_holds_no_secret(desk: Desk, token: str) -> None:
    institution = add_institution(desk, token)
    officer = add_officer(desk, token, "lists")
    client = create(desk, token, f"{INSTITUTIONS}/{institution['id']}/clients", {"client_id": invent_name()})
    reset = desk.post(f"{OFFICERS}/{officer['id']}/password", token=token).get_json()
    with desk.engine.connect() as connection:
        stored = " ".join(
            str(row)
            for table in ("administrative_acts", "outbox", "idempotency_keys", "staff", "clients")
            for row in connection.exec_driver_sql(f"SELECT * FROM {table}")
        )
    for secret in (officer["password"], reset["password"], client["secret"]):
        assert secret not in stored


def test_the_log_is_paged(desk: Desk, token: str) -> None:
    for _ in range(3):
        add_officer(desk, token, "lists")
    first = desk.call("GET", "/admin/log?limit=2", token=token).get_json()
    second = desk.call("GET", f"/admin/log?limit=2&cursor={first['next_cursor']}", token=token).get_json()
    positions = [item["at"] for item in (*first["items"], *second["items"])]
    assert positions == sorted(positions, reverse=True)
    assert len({item["id"] for item in (*first["items"], *second["items"])}) == 4


def test_keys_of_tokens_are_listed(desk: Desk, token: str) -> None:
    [key] = desk.call("GET", "/admin/token-keys", token=token).get_json()["items"]
    assert (key["state"], key.keys()) == ("signing", {"kid", "state", "changed_at"})
