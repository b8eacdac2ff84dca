"""The life of a signing key: added, published, made to sign, retired; and what tokens are worth meanwhile."""

import jwt

from tests.service.auth.desk import Desk


def list_kids(desk: Desk) -> list[str]:
    keys = desk.app.test_client().get("/.well-known/jwks.json").get_json()["keys"]
    return [key["kid"] for key in keys]


def read_kid(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


def test_a_key_is_replaced_without_new_sign_ins(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_citizen()
    old_token = desk.fetch_tokens(person)["access_token"]
    [old] = list_kids(desk)
    new = desk.run("keys", "add")
    assert list_kids(desk) == [old]
    desk.run("keys", "publish", new)
    assert set(list_kids(desk)) == {old, new}
    assert read_kid(desk.fetch_tokens(person)["access_token"]) == old

    early = desk.invoke_command("keys", "sign-with", new)
    assert early.exit_code == 1
    assert "wait 10 minutes" in early.output
    desk.execute_sql("UPDATE signing_keys SET changed_at = '2020-01-01 00:00:00.000000'")
    desk.run("keys", "sign-with", new)
    assert read_kid(desk.fetch_tokens(person)["access_token"]) == new
    assert desk.call("DELETE", "/sessions/current", token=old_token).status_code == 204

    assert desk.invoke_command("keys", "retire", old).exit_code == 1
    desk.run("keys", "retire", old, "--now")
    assert list_kids(desk) == [new]
    assert not (desk.settings.token_keys_dir / f"{old}.pem").exists()
    refused = desk.call("DELETE", "/sessions/current", token=old_token)
    assert refused.get_json()["code"] == "token-invalid"
    states = [line.split("\t")[:2] for line in desk.run("keys", "list").splitlines()]
    assert sorted(states) == sorted([[old, "retired"], [new, "signing"]])


def test_a_signing_key_cannot_be_retired_nor_a_retired_key_sign(desk: Desk) -> None:
    [old] = list_kids(desk)
    assert desk.invoke_command("keys", "retire", old, "--now").exit_code == 1
    new = desk.run("keys", "add")
    assert desk.invoke_command("keys", "sign-with", new, "--now").exit_code == 1, "it is not published"
    desk.run("keys", "publish", new)
    assert desk.invoke_command("keys", "publish", new).exit_code == 1
    desk.run("keys", "sign-with", new, "--now")
    desk.run("keys", "retire", old, "--now")
    assert desk.invoke_command("keys", "sign-with", old, "--now").exit_code == 1


def test_ensure_creates_one_key_and_reports_a_missing_file(desk: Desk) -> None:
    [kid] = list_kids(desk)
    assert desk.run("keys", "ensure") == kid
    file = desk.settings.token_keys_dir / f"{kid}.pem"
    assert file.stat().st_mode & 0o777 == 0o600
    file.unlink()
    assert kid in desk.invoke_command("keys", "ensure").output
    response = desk.sign_in(desk.add_citizen())
    assert (response.status_code, response.get_json()["code"]) == (503, "unavailable")
