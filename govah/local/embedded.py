"""All of Govah on one machine, without a server to install: the composition of the embedded mode.

`govah run` calls `run`. This is the only module outside the services that knows them; the services do not
know that they run embedded. All data is in one directory and survives a restart.
"""

import json
import os
import secrets
import shutil
import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import svcs
from flask import Flask

from govah.local.data_directory import (
    CannotStart,
    close_to_others,
    demand_free,
    find_addresses_file,
    find_endings_url,
    free_ports,
    locked,
    make_socket_folder,
    read_accounts,
    write_accounts,
    write_by_rename,
)
from govah.local.forking import import_for_forks, run_apart
from govah.local.programs import IMPORTED, PORTAL, SILENT, Plan, build_programs
from govah.local.roles import Kind, list_roles
from govah.local.seeding import seed
from govah.local.supervise import Supervisor
from govah.ops.backup.choices import Choice
from govah_client.client import Client
from services import SERVICES
from services.auth.app import create_app as create_auth
from services.disclosure.app import create_app as create_disclosure
from services.inquiry.app import create_app as create_inquiry
from services.kit.storage import new_key_line
from services.kit.version import read_version
from services.pdfworker.signing import authority
from services.records.app import create_app as create_records

CREATE: Mapping[str, Callable[[], Flask]] = {
    "auth": create_auth,
    "records": create_records,
    "disclosure": create_disclosure,
    "inquiry": create_inquiry,
}
CLIENTS = (*SERVICES, "pdfworker")
# Services that seal what they store in the object store.
SEALING = ("records", "disclosure")
INSTITUTION_NAME = "بانک نمونه"
new_secret = partial(secrets.token_urlsafe, 24)
OFFICER_SCOPES = ("lists", "objections", "helpdesk", "audit", "accounts:identify")
# What the sample institution may inquire for: code, Persian, English.
PURPOSES = (
    ("loan", "پرداخت وام", "Loan"),
    ("guarantee", "ضمانت", "Guarantee"),
    ("card", "صدور کارت اعتباری", "Credit card"),
)


def run(data_dir: Path, port: int, *, sample: bool, say: Callable[[str], None]) -> None:
    """Start the system in the foreground and keep it going until SIGTERM or Ctrl-C.

    Raises CannotStart, or ProgramFailed when a program keeps dying.
    """
    with locked(data_dir):
        demand_free(port)
        close_to_others(data_dir)
        names = (*SERVICES, PORTAL, *SILENT)
        ports = dict(zip(names, free_ports(len(names)), strict=True))
        plan = Plan(
            data_dir,
            port,
            {service: ports[service] for service in (*SERVICES, PORTAL)},
            {program: ports[program] for program in SILENT},
        )
        say(f"Govah {read_version()}: data in {data_dir}")
        import_for_forks(IMPORTED)
        run_apart(partial(prepare, plan))
        plan.ready_file.unlink(missing_ok=True)
        write_addresses(plan)
        try:
            Supervisor(build_programs(plan), data_dir / "logs").run(
                partial(finish, plan, sample=sample, say=say)
            )
        finally:
            plan.ready_file.unlink(missing_ok=True)
            find_addresses_file(data_dir).unlink(missing_ok=True)
        say("Govah: stopped")


def write_addresses(plan: Plan) -> None:
    """Write the status URLs of this run to a file."""
    # Counts of the previous run belong to dead processes.
    shutil.rmtree(plan.counts_dir, ignore_errors=True)
    for worker in list_roles(Kind.WORKER):
        (plan.counts_dir / worker.name).mkdir(parents=True)
    addresses = {
        "services": {service: plan.find_url(service) for service in SERVICES},
        "programs": {program: plan.build_metrics_url(program) for program in SILENT},
        "broker": plan.broker_url,
    }
    write_by_rename(find_addresses_file(plan.data_dir), json.dumps(addresses, indent=2) + "\n")


def prepare(plan: Plan) -> None:
    """Create missing directories, secrets and accounts, and migrate the databases."""
    make_secrets(plan)
    for service in SERVICES:
        prepare = [("peppers", "ensure")] if service == "inquiry" else []
        _run_commands(plan, service, ("migrate",), *prepare, ("endings", "replay"))
    _prepare_auth(plan)


def make_secrets(plan: Plan) -> None:
    """Create missing directories, and the secrets that are not accounts of a database."""
    for name in ("db", "run", "valkey", "logs", "demo", "secrets", "objects"):
        (plan.data_dir / name).mkdir(parents=True, exist_ok=True)
    make_socket_folder(plan.data_dir)
    for client in CLIENTS:
        _ensure_line(plan.secrets_dir / "clients" / f"{client}.secret", new_secret)
    _ensure_line(plan.secrets_dir / "auth.pepper", new_secret)
    for service in SEALING:
        _ensure_line(plan.secrets_dir / f"{service}.storage", new_key_line)
    _ensure_line(plan.secrets_dir / "portal.cookies", new_secret)
    authority.ensure_keys(plan.letters_dir)
    # Readers of messages may open the file from the start.
    (plan.data_dir / "messages.jsonl").touch(0o600)


def _prepare_auth(plan: Plan) -> None:
    """Create a signing key, the services' clients, and the accounts that demo.json will name."""
    accounts, directory = draw_accounts(plan), plan.secrets_dir / "accounts"
    bank = accounts["institution"]
    scopes = [word for scope in OFFICER_SCOPES for word in ("--scope", scope)]

    def ensure(what: str, *words: str) -> None:
        administer(plan, "auth", what, "ensure", *words)

    ensure("keys")
    administer(plan, "auth", "clients", "ensure-services", "--secrets-dir", str(plan.secrets_dir / "clients"))
    for officer in (accounts["officer"]["username"], accounts["second_officer"]["username"]):
        ensure("officers", officer, *scopes, "--password-file", str(directory / f"{officer}.password"))
    admin = accounts["admin"]["username"]
    ensure("admins", admin, "--password-file", str(directory / f"{admin}.password"))
    purposes = [word for purpose in PURPOSES for word in ("--purpose", *purpose)]
    ensure("institutions", bank["name"], "--id", bank["id"], *purposes)
    of_bank = ("--institution", bank["id"])
    ensure("clients", bank["client_id"], *of_bank, "--secret-file", str(directory / "institution.secret"))
    ensure("clerks", "clerk", *of_bank, "--password-file", str(directory / "clerk.password"))
    ensure("clerks", "manager", *of_bank, "--password-file", str(directory / "manager.password"), "--manager")


def administer(plan: Plan, service: str, *command: str) -> None:
    """Run one of a service's administration commands, as an operator would by ``flask --app``.

    Raises CannotStart with the output of a failed command.
    """
    _run_commands(plan, service, command)


def _run_commands(plan: Plan, service: str, *commands: Sequence[str]) -> None:
    before = dict(os.environ)
    os.environ.update(plan.build_environment(service), GOVAH_LOG_LEVEL="ERROR")
    try:
        app = CREATE[service]()
        for command in commands:
            result = app.test_cli_runner().invoke(args=list(command))
            if result.exit_code != 0:
                reason = result.output.strip() or repr(result.exception)
                raise CannotStart(f"{service} {' '.join(command[:2])}: {reason}")
        svcs.flask.close_registry(app)
    finally:
        os.environ.clear()
        os.environ.update(before)


def end_again(data_dir: Path, room: Path, choice: Choice | None) -> None:
    """End in restored data what had ended since the backup, by the journal of a data directory.

    With a choice there is no journal: suspend what may have ended, or nothing. Raises CannotStart.
    """
    ports = dict.fromkeys((*SERVICES, PORTAL), 1)
    plan = Plan(room, 1, ports, endings_url=find_endings_url(data_dir))
    for service in SERVICES:
        last = [("endings", "suspend")] if choice is Choice.SUSPEND else []
        replay = [("endings", "replay")] if choice is None else []
        _run_commands(plan, service, ("migrate",), *replay, *last)


def draw_accounts(plan: Plan) -> dict[str, Any]:
    """Return the staff and the institution, as demo.json names them; generated by the first call."""
    directory = plan.secrets_dir / "accounts"

    def login(name: str) -> dict[str, str]:
        return {"username": name, "password": _ensure_line(directory / f"{name}.password", new_secret)}

    return {
        "officer": login("officer"),
        "second_officer": login("second-officer"),
        "admin": login("admin"),
        "institution": {
            "id": _ensure_line(directory / "institution.id", lambda: str(uuid.uuid4())),
            "client_id": "sample-bank",
            "client_secret": _ensure_line(directory / "institution.secret", new_secret),
            "name": INSTITUTION_NAME,
            "purposes": [code for code, _, _ in PURPOSES],
            "clerk": login("clerk"),
            "manager": login("manager"),
        },
    }


def _ensure_line(path: Path, draw: Callable[[], str]) -> str:
    """Return the only line of a file, generated by the first call."""
    if not path.exists():
        write_by_rename(path, draw() + "\n")
    return path.read_text("utf-8").strip()


# Who of demo.json has come with the sample data.
SAMPLE_PEOPLE = ("citizens", "foreigner", "representative")


def finish(plan: Plan, *, sample: bool, say: Callable[[str], None]) -> None:
    """Import the sample data once all programs are ready, then make `/healthz` report ready."""
    accounts = draw_accounts(plan)
    stored = read_accounts(plan.data_dir)
    people = {name: stored[name] for name in SAMPLE_PEOPLE if name in stored} or {"citizens": []}
    if sample and not people["citizens"]:
        with Client.connect(plan.base_url) as client:
            people = seed(client, plan.data_dir, accounts, say)
    write_accounts(plan.data_dir, {"base_url": plan.base_url, **accounts, **people})
    plan.ready_file.touch()
    say(f"Govah: ready at {plan.base_url} (accounts in {plan.data_dir / 'demo.json'}; Ctrl-C stops)")
