"""What an operator adds: officers, institutions, clerks and clients; twice is once."""

import uuid

import pytest

from tests.service.auth.desk import OTHER_PASSWORD, PASSWORD, Desk
from tests.service.auth.staff import add_clerk, add_institution, add_officer


def sign_in(desk: Desk, username: str, password: str) -> int:
    return desk.post("/sessions", {"username": username, "password": password}).status_code


def test_ensure_is_idempotent(either_desk: Desk) -> None:
    desk = either_desk
    institution_id = str(uuid.uuid4())
    secret, other = desk.write_secret(OTHER_PASSWORD), desk.write_secret(PASSWORD)
    client_secret = desk.write_secret("x" * 43)
    for _ in range(2):
        desk.run("officers", "ensure", "officer.one", "--scope", "audit", "--password-file", secret)
        desk.run("institutions", "ensure", "بانک نمونه", "--id", institution_id)
        desk.run("clerks", "ensure", "clerk.one", "--institution", institution_id, "--password-file", secret)
        desk.run("clients", "ensure", "bank", "--institution", institution_id, "--secret-file", client_secret)
    assert desk.run("institutions", "list") == f"{institution_id}\tبانک نمونه"
    assert desk.run("officers", "list") == "officer.one\taudit\tactive"
    assert desk.run("clerks", "list") == f"clerk.one\t{institution_id}\tactive"
    assert desk.run("clients", "list").startswith(f"bank\t{institution_id}\tinquiry:inquire")
    desk.run("officers", "ensure", "officer.one", "--scope", "lists", "--password-file", other)
    assert desk.run("officers", "list") == "officer.one\tlists\tactive"
    assert (sign_in(desk, "officer.one", OTHER_PASSWORD), sign_in(desk, "officer.one", PASSWORD)) == (
        401,
        200,
    )


def test_a_password_is_prompted_for_without_a_file(desk: Desk) -> None:
    typed = f"{OTHER_PASSWORD}\n{OTHER_PASSWORD}\n"
    added = desk.invoke_command("officers", "add", "officer.one", "--scope", "lists", input=typed)
    assert added.exit_code == 0
    assert OTHER_PASSWORD not in added.output
    assert sign_in(desk, "officer.one", OTHER_PASSWORD) == 200


def test_a_failed_command_prints_one_sentence(desk: Desk) -> None:
    institution_id = add_clerk(desk, "clerk.one")
    add_officer(desk, "officer.one", "lists")
    password = desk.write_secret(OTHER_PASSWORD)
    nobody = str(uuid.uuid4())
    officer = ("--scope", "lists", "--password-file", password)
    refused = {
        ("officers", "add", "officer.one", *officer): "taken",
        ("officers", "ensure", "clerk.one", *officer): "someone else",
        ("officers", "add", "Officer", *officer): "a-z",
        ("officers", "add", "officer.two", "--scope", "lists", "--password-file", "gone"): "cannot be read",
        ("officers", "add", "quiet-river", *officer): "user name",
        ("officers", "disable", "clerk.one"): "no officer",
        ("clerks", "add", "two", "--institution", nobody, "--password-file", password): "no institution",
        ("institutions", "add", "بانک نمونه"): "another institution",
        ("institutions", "add", "بانڪ\u200cنمونە"): "another institution",
        ("institutions", "add", " "): "1 to 100",
        ("institutions", "ensure", "بانک دیگر", "--id", institution_id): "another institution",
        ("clients", "disable", "bank"): "no client",
        ("clients", "add", "bank", "--institution", institution_id, "--secret-file", password): "is there",
        ("clients", "ensure", "bank", "--institution", institution_id, "--secret-file", password): "shorter",
        ("clients", "ensure-services", "--secrets-dir", str(desk.directory)): "shorter than 32",
    }
    for arguments, sentence in refused.items():
        result = desk.invoke_command(*arguments)
        assert result.exit_code == 1, arguments
        assert sentence in result.output, arguments
    assert desk.run("clients", "list") == ""


@pytest.mark.parametrize(
    "arguments", [["officers", "add", "x", "--scope", "all"], ["keys", "sign"], ["background", "x"]]
)
def test_an_invalid_command_is_rejected(desk: Desk, arguments: list[str]) -> None:
    assert desk.invoke_command(*arguments).exit_code == 2


def test_a_new_institution_is_published_once(desk: Desk) -> None:
    institution_id = add_institution(desk)
    desk.run("institutions", "ensure", "بانک نمونه", "--id", institution_id)
    with desk.engine.connect() as connection:
        [(name, subject, data)] = connection.exec_driver_sql("SELECT name, subject, data FROM outbox").all()
    assert (name, subject) == ("institution.added", None)
    assert institution_id in data
