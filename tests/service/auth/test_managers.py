"""Managers of institutions: the own clerks and clients, and nobody else's."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from services.auth.actions.clients import MAX_CLIENTS
from services.auth.actions.staff_accounts import MAX_CLERKS_A_DAY
from tests.databases import SqliteTemplates
from tests.service.auth.administration import (
    add_admin,
    add_institution,
    add_manager,
    choose_password,
    create,
    list_actions,
    open_admin_desk,
    sign_in,
)
from tests.service.auth.desk import Desk, verify_claims

CLERKS, CLIENTS = "/institution/clerks", "/institution/clients"


@pytest.fixture(scope="module")
def desk(sqlite_templates: SqliteTemplates, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with open_admin_desk(sqlite_templates, tmp_path_factory.mktemp("managers")) as opened:
        yield opened


@pytest.fixture(scope="module")
def admin(desk: Desk) -> str:
    return add_admin(desk)


@pytest.fixture
def institution(desk: Desk, admin: str) -> dict[str, Any]:
    return add_institution(desk, admin)


@pytest.fixture
def manager(desk: Desk, admin: str, institution: dict[str, Any]) -> str:
    return add_manager(desk, admin, institution["id"])


def invent_name() -> str:
    return f"clerk.{uuid.uuid4().hex[:8]}"


def test_a_manager_has_a_claim_and_sees_the_own_institution(
    desk: Desk, manager: str, institution: dict[str, Any]
) -> None:
    claims = verify_claims(desk, manager, "inquiry")
    assert (claims["manager"], claims["institution_id"]) == (True, institution["id"])
    assert claims["scope"] == "inquiry:inquire inquiry:report"
    assert desk.call("GET", "/institution", token=manager).get_json()["name"] == institution["name"]


def test_a_manager_invites_clerks_and_makes_no_managers(desk: Desk, manager: str) -> None:
    clerk = create(desk, manager, CLERKS, {"username": invent_name()})
    assert clerk["is_manager"] is False
    first = sign_in(desk, clerk["username"], clerk["password"])
    assert verify_claims(desk, first, "inquiry")["scope"] == "choose-password"
    token = choose_password(desk, clerk["username"], clerk["password"])
    assert "manager" not in verify_claims(desk, token, "inquiry")
    for method, path in (("GET", "/institution"), ("GET", CLERKS), ("GET", "/institution/log")):
        assert desk.call(method, path, token=token).status_code == 403
    promoted = desk.post(CLERKS, {"username": invent_name(), "is_manager": True}, token=manager)
    assert promoted.status_code == 422


def test_a_manager_ends_and_resets_clerks_but_not_the_own_account(desk: Desk, manager: str) -> None:
    clerk = create(desk, manager, CLERKS, {"username": invent_name()})
    path = f"{CLERKS}/{clerk['id']}"
    token = choose_password(desk, clerk["username"], clerk["password"])
    off = desk.call("PUT", path, token=manager, json={"disabled": True}).get_json()
    assert off["disabled_at"] is not None
    assert desk.post("/password", {}, token=token).status_code == 401
    desk.call("PUT", path, token=manager, json={"disabled": False})
    reset = desk.post(f"{path}/password", token=manager).get_json()
    assert choose_password(desk, clerk["username"], reset["password"])
    assert desk.call("DELETE", f"{path}/second-factor", token=manager).status_code == 204
    own = next(
        item for item in desk.call("GET", CLERKS, token=manager).get_json()["items"] if item["is_manager"]
    )
    refused = desk.call("PUT", f"{CLERKS}/{own['id']}", token=manager, json={"disabled": True})
    assert (refused.status_code, refused.get_json()["code"]) == (403, "own-account")


def test_what_is_another_institutions_does_not_exist(desk: Desk, admin: str, manager: str) -> None:
    other = add_institution(desk, admin)
    clerk = create(desk, admin, f"/admin/institutions/{other['id']}/clerks", {"username": invent_name()})
    client = create(desk, admin, f"/admin/institutions/{other['id']}/clients", {"client_id": invent_name()})
    officer = create(desk, admin, "/admin/officers", {"username": invent_name(), "scopes": ["lists"]})
    calls: list[tuple[str, str, Any]] = [
        ("PUT", f"{CLERKS}/{clerk['id']}", {"disabled": True}),
        ("POST", f"{CLERKS}/{clerk['id']}/password", None),
        ("DELETE", f"{CLERKS}/{clerk['id']}/second-factor", None),
        ("POST", f"{CLERKS}/{officer['id']}/password", None),
        ("PUT", f"{CLIENTS}/{client['client_id']}", {"disabled": True}),
        ("POST", f"{CLIENTS}/{client['client_id']}/secret", None),
        ("POST", f"{CLIENTS}/auth/secret", None),
    ]
    for method, path, body in calls:
        assert desk.call(method, path, token=manager, json=body).status_code == 404, path
    assert clerk["id"] not in {
        item["id"] for item in desk.call("GET", CLERKS, token=manager).get_json()["items"]
    }
    assert desk.call("GET", CLIENTS, token=manager).get_json()["items"] == []
    assert desk.call("GET", "/admin/log", token=manager).status_code == 403


def test_a_manager_makes_and_ends_clients(desk: Desk, manager: str) -> None:
    client = create(desk, manager, CLIENTS, {"client_id": invent_name()})
    path = f"{CLIENTS}/{client['client_id']}"
    form = {"grant_type": "client_credentials"}
    new = desk.post(f"{path}/secret", token=manager).get_json()
    grants = [
        desk.call("POST", "/token", auth=(client["client_id"], secret), data=form).status_code
        for secret in (client["secret"], new["secret"])
    ]
    assert grants == [401, 200]
    off = desk.call("PUT", path, token=manager, json={"disabled": True}).get_json()
    assert (off["disabled_at"] is not None, off["scopes"]) == (True, client["scopes"])
    refused = desk.call("POST", "/token", auth=(client["client_id"], new["secret"]), data=form)
    assert refused.status_code == 401


def test_a_manager_adds_a_bounded_number_a_day(desk: Desk, admin: str, manager: str) -> None:
    for number in range(MAX_CLIENTS):
        client = create(desk, manager, CLIENTS, {"client_id": invent_name()})
        path = f"{CLIENTS}/{client['client_id']}"
        assert desk.call("PUT", path, token=manager, json={"disabled": True}).status_code == 200, number
    refused = desk.post(CLIENTS, {"client_id": invent_name()}, token=manager)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "too-many-added")
    # The manager counts too.
    for _ in range(MAX_CLERKS_A_DAY - 1):
        create(desk, manager, CLERKS, {"username": invent_name()})
    refused = desk.post(CLERKS, {"username": invent_name()}, token=manager)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "too-many-added")


def test_a_manager_reads_only_the_own_log(
    desk: Desk, admin: str, manager: str, institution: dict[str, Any]
) -> None:
    other = add_institution(desk, admin)
    add_manager(desk, admin, other["id"])
    clerk = create(desk, manager, CLERKS, {"username": invent_name()})
    own = list_actions(desk, manager, "/institution/log")
    assert own[0][1:] == ("clerk-added", clerk["username"])
    assert [action for _, action, _ in own] == ["clerk-added", "clerk-added", "institution-added"]
    assert own[-1][2] == institution["name"]


def test_a_manager_who_is_one_no_longer_loses_everything(
    desk: Desk, admin: str, institution: dict[str, Any]
) -> None:
    name = invent_name()
    manager = add_manager(desk, admin, institution["id"], name)
    [clerk] = desk.call("GET", CLERKS, token=manager).get_json()["items"]
    change = {"is_manager": False, "disabled": False}
    assert desk.call("PUT", f"/admin/clerks/{clerk['id']}", token=admin, json=change).status_code == 200
    assert desk.call("GET", CLERKS, token=manager).status_code == 401
    assert desk.call("GET", CLERKS, token=sign_in(desk, name)).status_code == 403
    again = change | {"is_manager": True}
    desk.call("PUT", f"/admin/clerks/{clerk['id']}", token=admin, json=again)
    assert desk.call("GET", CLERKS, token=sign_in(desk, name)).status_code == 200


def test_a_program_of_the_institution_manages_nothing(desk: Desk, manager: str) -> None:
    client = create(desk, manager, CLIENTS, {"client_id": invent_name()})
    form = {"grant_type": "client_credentials"}
    grant = desk.call("POST", "/token", auth=(client["client_id"], client["secret"]), data=form).get_json()
    assert desk.call("GET", CLERKS, token=grant["access_token"]).status_code == 403
