"""The job of the profile `demo`: accounts and sample data for trying, as `govah run` has them.

Runs with the settings of auth, since officers and institutions are made by its commands; the rest goes
through the front door. Writes demo.json beside the messages.
"""

import os
import secrets
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path
from typing import Any

import httpx

from govah.local.data_directory import read_accounts, write_accounts
from govah.local.seeding import seed
from govah_client.client import Client

EDGE = "http://edge:8080"
READY_SECONDS = 180
OFFICER_SCOPES = ("lists", "objections", "helpdesk", "audit", "accounts:identify")
PURPOSES = (
    ("loan", "پرداخت وام", "Loan"),
    ("guarantee", "ضمانت", "Guarantee"),
    ("card", "صدور کارت اعتباری", "Credit card"),
)


# The message file's mode, too: the folder's group may read both.
READABLE = 0o640


class NotReady(Exception):
    """The services behind the front door were not all ready in time."""


def main(edge: str = EDGE) -> None:
    """Make what is not there yet; end immediately if all is. Raises NotReady."""
    data_dir = Path(os.environ["GOVAH_MESSAGES_FILE"]).parent
    before = read_accounts(data_dir)
    accounts = {**complete_accounts(before), "base_url": os.environ["GOVAH_PUBLIC_URL"]}
    if before:
        wait_until_ready(edge)
        if not can_sign_in(edge, accounts["officer"]):
            # The database is a new one.
            accounts.pop("citizens", None)
        elif accounts == before and before.get("citizens"):
            print("Govah: the accounts in demo.json are there")  # noqa: T201 -- the job's log
            return
    ensure_staff(accounts)
    wait_until_ready(edge)
    if not accounts.get("citizens"):
        with Client.connect(edge) as client:
            accounts |= seed(client, data_dir, accounts, print)
    write_accounts(data_dir, accounts, mode=READABLE)


def new_accounts() -> dict[str, Any]:
    """Two officers, an admin and an institution with a clerk and a manager, with new passwords."""
    return {
        "officer": _login("officer"),
        "second_officer": _login("second-officer"),
        "admin": _login("admin"),
        "institution": {
            "id": str(uuid.uuid4()),
            "client_id": "sample-bank",
            "client_secret": secrets.token_urlsafe(24),
            "name": "بانک نمونه",
            "purposes": [code for code, _, _ in PURPOSES],
            "clerk": _login("clerk"),
            "manager": _login("manager"),
        },
    }


def complete_accounts(accounts: dict[str, Any]) -> dict[str, Any]:
    """Return the accounts of an earlier run, with new ones for those that it did not have."""
    new = new_accounts()
    institution = {**new["institution"], **accounts.get("institution", {})}
    return {**new, **accounts, "institution": institution}


def _login(name: str) -> dict[str, str]:
    return {"username": name, "password": secrets.token_urlsafe(24)}


def ensure_staff(accounts: dict[str, Any]) -> None:
    """Make the officers, the admin, the institution, its clerks and its client, or set their passwords."""
    bank = accounts["institution"]
    scopes = [word for scope in OFFICER_SCOPES for word in ("--scope", scope)]
    for officer in (accounts["officer"], accounts["second_officer"]):
        _run_ensure("officers", officer["username"], *scopes, password=officer["password"])
    _run_ensure("admins", accounts["admin"]["username"], password=accounts["admin"]["password"])
    purposes = [word for purpose in PURPOSES for word in ("--purpose", *purpose)]
    _run_ensure("institutions", bank["name"], "--id", bank["id"], *purposes)
    of_bank = ("--institution", bank["id"])
    _run_ensure("clerks", bank["clerk"]["username"], *of_bank, password=bank["clerk"]["password"])
    manager = bank["manager"]
    _run_ensure("clerks", manager["username"], *of_bank, "--manager", password=manager["password"])
    _run_ensure("clients", bank["client_id"], *of_bank, secret=bank["client_secret"])


def _run_ensure(what: str, *words: str, **hidden: str) -> None:
    """Run one `ensure` command of auth; what is hidden goes by a file."""
    with tempfile.TemporaryDirectory() as directory:
        for name, value in hidden.items():
            path = Path(directory) / name
            path.write_text(value, "ascii")
            words = (*words, f"--{name}-file", str(path))
        command = [sys.executable, "-m", "flask", "--app", "services.auth.app", what, "ensure", *words]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 -- words of our own


def can_sign_in(edge: str, login: dict[str, str]) -> bool:
    """Return whether a member of staff has an account with this password."""
    answer = httpx.post(f"{edge}/api/v1/auth/sessions", json=login, timeout=30)
    return answer.status_code == httpx.codes.OK


def wait_until_ready(edge: str) -> None:
    """Return once the front door says that every service is ready. Raises NotReady."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{edge}/healthz", timeout=10).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass
        time.sleep(1)
    raise NotReady


if __name__ == "__main__":
    main()
