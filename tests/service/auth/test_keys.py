"""The life of a signing key: added, published, made to sign, retired; and what tokens are worth meanwhile."""

import jwt

from tests.service.auth.desk import Desk


def kids(desk: Desk) -> list[str]:
    keys = desk.app.test_client().get("/.well-known/jwks.json").get_json()["keys"]
    return [key["kid"] for key in keys]


def kid_of(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


def test_a_key_is_replaced_without_anybody_signing_in_again(either_desk: Desk) -> None:
    desk = either_desk
    person = desk.add_citizen()
    old_token = desk.fetch_tokens(person)["access_token"]
    [old] = kids(desk)
    new = desk.run("keys", "add")
    assert kids(desk) == [old]
    desk.run("keys", "publish", new)
    assert set(kids(desk)) == {old, new}
    assert kid_of(desk.fetch_tokens(person)["access_token"]) == old

    early = desk.invoke_command("keys", "sign-with", new)
    assert early.exit_code == 1
    assert "wait 10 minutes" in early.output
    desk.execute_sql("UPDATE signing_keys SET changed_at = '2020-01-01 00:00:00.000000'")
    desk.run("keys", "sign-with", new)
    assert kid_of(desk.fetch_tokens(person)["access_token"]) == new
    assert desk.call("DELETE", "/sessions/current", token=old_token).status_code == 204

    assert desk.invoke_command("keys", "retire", old).exit_code == 1
    desk.run("keys", "retire", old, "--now")
    assert kids(desk) == [new]
    assert not (desk.settings.token_keys_dir / f"{old}.pem").exists()
    refused = desk.call("DELETE", "/sessions/current", token=old_token)
    assert refused.get_json()["code"] == "token-invalid"
    states = [line.split("\t")[:2] for line in desk.run("keys", "list").splitlines()]
    assert sorted(states) == sorted([[old, "retired"], [new, "signing"]])


def test_the_key_that_signs_cannot_be_retired_nor_a_retired_one_sign(desk: Desk) -> None:
    [old] = kids(desk)
    assert desk.invoke_command("keys", "retire", old, "--now").exit_code == 1
    new = desk.run("keys", "add")
    assert desk.invoke_command("keys", "sign-with", new, "--now").exit_code == 1, "it is not published"
    desk.run("keys", "publish", new)
    assert desk.invoke_command("keys", "publish", new).exit_code == 1
    desk.run("keys", "sign-with", new, "--now")
    desk.run("keys", "retire", old, "--now")
    assert desk.invoke_command("keys", "sign-with", old, "--now").exit_code == 1


def test_ensure_makes_one_key_and_tells_when_its_file_is_gone(desk: Desk) -> None:
    [kid] = kids(desk)
    assert desk.run("keys", "ensure") == kid
    file = desk.settings.token_keys_dir / f"{kid}.pem"
    assert file.stat().st_mode & 0o777 == 0o600
    file.unlink()
    assert kid in desk.invoke_command("keys", "ensure").output
    answer = desk.sign_in(desk.add_citizen())
    assert (answer.status_code, answer.get_json()["code"]) == (503, "unavailable")
