"""Passwords and secrets are renewed in a running stack by the commands of docs/operations/rotate.md."""

import os
import secrets
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.compose.conftest import Stack
from tests.compose.test_restore import wait_until_ready
from tests.e2e.client import Stranger
from tests.e2e.system import ROOT

pytestmark = pytest.mark.timeout(400)

OF_THE_BROKER = ("redis", "pdfworker")
OF_A_SERVICE = {
    "auth": ("", "-relay", "-consumers", "-messages"),
    "records": ("", "-relay", "-consumers"),
    "disclosure": ("", "-relay", "-sweeper", "-consumers"),
    "inquiry": ("", "-relay", "-sweeper", "-consumers"),
}
# All of them, as the manual says: a program with the old password gets no nudges, and polls for events.
USERS_OF_THE_BROKER = (
    *OF_THE_BROKER,
    *(f"{service}{role}" for service, roles in OF_A_SERVICE.items() for role in roles),
)


def renew(stack: Stack, name: str) -> str:
    """Write a new secret into the same file; returns the old one."""
    path = Path(stack.environment["GOVAH_SECRETS_DIR"]) / name
    old = path.read_text("ascii").strip()
    with path.open("w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(24) + "\n")
    return old


def test_secrets_are_renewed_while_the_stack_runs(stack: Stack) -> None:
    person = stack.system.demo["citizens"][2]
    citizen = Stranger(stack.system).sign_in_citizen(2)
    permit = citizen.issue_permit(citizen.ask_for_letter("wages")["id"])
    old_password = renew(stack, "inquiry.database")
    renew(stack, "pdfworker.secret")
    renew(stack, "redis.password")
    set_passwords(stack)
    stack.compose("run", "--rm", "--no-deps", "auth-setup")
    stack.compose("restart", "--timeout", "10", *USERS_OF_THE_BROKER)
    wait_until_ready(stack)
    assert Stranger(stack.system).inquire(person["national_code"], permit["code"]).status_code == 200
    # Asked for over the new broker password, drawn and posted under the new client secret.
    assert citizen.ask_for_letter("all")["state"] == "valid"
    [postgres] = stack.find_container_ids("postgres")
    address = f"host=postgres dbname=inquiry user=inquiry password={old_password}"
    refused = stack.run(["docker", "exec", postgres, "psql", address, "-c", "SELECT 1"], check=False)
    assert "password authentication failed" in refused


def set_passwords(stack: Stack) -> None:
    command = [*shlex.split(os.environ["GOVAH_COMPOSE"]), "--env-file", "deploy/compose/demo.env"]
    with (ROOT / "deploy" / "compose" / "passwords.sh").open("rb") as script:
        subprocess.run(
            [*command, "exec", "-T", "postgres", "sh", "-s"],
            cwd=ROOT,
            env={**os.environ, **stack.environment},
            stdin=script,
            check=True,
            timeout=60,
        )


def test_a_new_token_key_is_published_before_it_may_sign(stack: Stack) -> None:
    inside = ("run", "--rm", "--no-deps", "auth-setup", "flask", "--app", "services.auth.app", "keys")
    added = stack.compose(*inside, "add").split()[-1]
    stack.compose(*inside, "publish", added)
    assert added in stack.compose(*inside, "list")
    assert added in str(Stranger(stack.system).get("/.well-known/jwks.json").json())
    assert "wait 10 minutes" in stack.compose(*inside, "sign-with", added, check=False)


def test_new_permits_use_a_new_pepper_and_old_ones_stay_open(stack: Stack) -> None:
    person = stack.system.demo["citizens"][2]
    citizen = Stranger(stack.system).sign_in_citizen(2)
    letter = str(citizen.ask_for_letter("all")["id"])
    codes = [citizen.issue_permit(letter)["code"]]
    inside = (
        "run",
        "--rm",
        "--no-deps",
        "inquiry-setup",
        "flask",
        "--app",
        "services.inquiry.app",
        "peppers",
    )
    stack.compose(*inside, "rotate")
    codes.append(citizen.issue_permit(letter)["code"])
    for code in codes:
        assert Stranger(stack.system).inquire(person["national_code"], code).status_code == 200
