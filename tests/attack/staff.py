"""Officers, clerks and institutions of an attacked system, made by auth's own commands.

Run as a program it carries commands out in a process of its own: they change the environment they run in.
"""

import json
import os
import secrets
import sys
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from govah.local.embedded import administer
from govah.local.programs import Plan
from tests.forking import run
from tests.servers import find_room

SCOPES = ("lists", "objections", "helpdesk", "audit")


@dataclass(frozen=True)
class Staff:
    """Those who are there beside the sample's: their credentials, as sign-in takes them, by a name."""

    logins: dict[str, dict[str, str]]
    other_bank: dict[str, str]
    totp_secret: str


def read_plan(data_dir: Path, port: int) -> Plan:
    """Return where everything of a running embedded system is."""
    addresses = json.loads((data_dir / "run" / "addresses.json").read_text("utf-8"))
    ports = {name: int(url.rpartition(":")[2]) for name, url in addresses["services"].items()}
    return Plan(data_dir, port, ports)


def run_commands(plan: Plan, commands: Iterable[Sequence[str]]) -> None:
    """Carry out commands of auth, in one process. Raises AssertionError with its output."""
    file = _write(
        find_room() / f"commands-{uuid.uuid4().hex}", json.dumps([list(command) for command in commands])
    )
    words = ["tests.attack.staff", str(plan.data_dir), str(plan.port), str(file)]
    run(words, os.environ, file.with_suffix(".log"), kind="system-forker")


def make_staff(plan: Plan, bank_id: str) -> Staff:
    """Return new staff: an officer of each scope, a bank's second clerk, and a second bank with its own."""
    directory = plan.data_dir / "attack"
    directory.mkdir(mode=0o700)
    logins: dict[str, dict[str, str]] = {}
    commands: list[Sequence[str]] = []

    def write_password_file(username: str) -> str:
        logins[username] = {"username": username, "password": secrets.token_urlsafe(18)}
        return str(_write(directory / f"{username}.password", logins[username]["password"]))

    def add_officer(username: str, *scopes: str) -> None:
        words = [word for scope in scopes for word in ("--scope", scope)]
        commands.append(
            ["officers", "ensure", username, *words, "--password-file", write_password_file(username)]
        )

    for scope in SCOPES:
        add_officer(f"only-{scope}", scope)
    add_officer("leaving", *SCOPES)
    add_officer("two-factors", *SCOPES)
    secret_file = directory / "two-factors.secret"
    commands.append(["officers", "totp", "two-factors", "--secret-file", str(secret_file)])
    other_id, secret = str(uuid.uuid4()), secrets.token_urlsafe(32)
    commands.append(["institutions", "ensure", "بانک دیگر", "--id", other_id])
    client = ["clients", "ensure", "other-bank", "--institution", other_id]
    commands.append([*client, "--secret-file", str(_write(directory / "other.secret", secret))])
    for username, institution in (("second-clerk", bank_id), ("other-clerk", other_id)):
        words = ["--institution", institution, "--password-file", write_password_file(username)]
        commands.append(["clerks", "ensure", username, *words])
    run_commands(plan, commands)
    bank = {"id": other_id, "client_id": "other-bank", "client_secret": secret}
    return Staff(logins, bank, secret_file.read_text("utf-8").split()[0])


def _write(path: Path, text: str) -> Path:
    path.touch(0o600)
    path.write_text(text + "\n", "utf-8")
    return path


def main(words: Sequence[str]) -> None:
    """Carry out the commands that a file lists in JSON."""
    plan = read_plan(Path(words[0]), int(words[1]))
    commands: list[list[Any]] = json.loads(Path(words[2]).read_text("utf-8"))
    for command in commands:
        administer(plan, "auth", *command)


if __name__ == "__main__":
    main(sys.argv[1:])
