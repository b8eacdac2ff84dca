"""An administrator enrols a second factor before anything else; another one can remove it."""

import base64
import time

import pytest

from services.auth.actions.second_factors import STEP_SECONDS, compute_code
from tests.service.auth.administration import ADMIN, sign_in
from tests.service.auth.desk import OTHER_PASSWORD, Desk, verify_claims


def add_admin(desk: Desk, username: str = ADMIN) -> None:
    desk.run("admins", "add", username, "--password-file", desk.write_secret(OTHER_PASSWORD))


def generate_code(secret: str, off: int = 0) -> str:
    return compute_code(base64.b32decode(secret), int(time.time()) // STEP_SECONDS + off)


def enrol(desk: Desk, token: str) -> str:
    """Return the secret of a new authenticator, which its first code has confirmed."""
    body = {"kind": "totp", "password": OTHER_PASSWORD}
    request = desk.post("/me/second-factors", body, token=token).get_json()
    path = f"/me/second-factors/{request['id']}/confirmation"
    confirmed = desk.post(path, {"code": generate_code(request["secret"])}, token=token)
    assert confirmed.status_code == 200, confirmed.text
    return str(request["secret"])


def test_an_admin_without_a_second_factor_can_only_enrol_one(either_desk: Desk) -> None:
    desk = either_desk
    add_admin(desk)
    first = desk.post("/sessions", {"username": ADMIN, "password": OTHER_PASSWORD}).get_json()
    token = first["access_token"]
    assert verify_claims(desk, token, "disclosure")["scope"] == "enrol"
    for path in ("/admin/officers", "/admin/institutions", "/admin/log"):
        assert desk.call("GET", path, token=token).status_code == 403
    secret = enrol(desk, token)
    refreshed = desk.post("/sessions/refresh", {"refresh_token": first["refresh_token"]}).get_json()
    claims = verify_claims(desk, refreshed["access_token"], "disclosure")
    assert (claims["role"], claims["scope"]) == ("admin", "admin")
    assert desk.call("GET", "/admin/officers", token=refreshed["access_token"]).status_code == 200
    assert desk.call("GET", "/me", token=refreshed["access_token"]).get_json()["role"] == "admin"
    assert desk.post("/sessions", {"username": ADMIN, "password": OTHER_PASSWORD}).status_code == 401
    assert sign_in(desk, ADMIN, totp=generate_code(secret, off=1))


def test_removed_second_factors_lead_back_to_enrolling(desk: Desk) -> None:
    add_admin(desk)
    add_admin(desk, "admin.two")
    first = sign_in(desk, ADMIN)
    enrol(desk, first)
    secret = enrol(desk, sign_in(desk, "admin.two"))
    admin = sign_in(desk, "admin.two", totp=generate_code(secret, off=1))
    items = desk.call("GET", "/admin/officers", token=admin).get_json()["items"]
    own = next(item for item in items if item["username"] == ADMIN)
    assert own["has_second_factor"] is True
    path = f"/admin/officers/{own['id']}/second-factor"
    for _ in range(2):
        assert desk.call("DELETE", path, token=admin).status_code == 204
    assert desk.post("/password", {}, token=first).status_code == 401
    token = sign_in(desk, ADMIN)
    assert verify_claims(desk, token, "auth")["scope"] == "enrol"
    assert desk.call("GET", "/me", token=token).get_json()["recovery_codes_left"] == 0


def test_an_admin_who_removes_the_own_factor_has_to_enrol_again(desk: Desk) -> None:
    add_admin(desk)
    first = desk.post("/sessions", {"username": ADMIN, "password": OTHER_PASSWORD}).get_json()
    enrol(desk, first["access_token"])
    refreshed = desk.post("/sessions/refresh", {"refresh_token": first["refresh_token"]}).get_json()
    [factor] = desk.call("GET", "/me", token=refreshed["access_token"]).get_json()["second_factors"]
    path, body = f"/me/second-factors/{factor['id']}", {"password": OTHER_PASSWORD}
    removed = desk.call("DELETE", path, token=refreshed["access_token"], json=body)
    assert removed.status_code == 204, removed.text
    again = desk.post("/sessions/refresh", {"refresh_token": refreshed["refresh_token"]}).get_json()
    assert verify_claims(desk, again["access_token"], "auth")["scope"] == "enrol"


@pytest.mark.parametrize("group", ["admins", "officers", "clerks"])
def test_the_operator_removes_one_of_that_group_only(desk: Desk, group: str) -> None:
    add_admin(desk)
    enrol(desk, sign_in(desk, ADMIN))
    result = desk.invoke_command(group, "totp", ADMIN, "--off")
    assert result.exit_code == (0 if group == "admins" else 1)
