"""What runs in a stack, and with which settings: PostgreSQL, Redis, and every role of compose.yaml.

`stack` starts them. This module run as a program prepares databases, secrets, accounts as `govah run` does.
"""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg
import redis

from govah.local.data_directory import CannotStart
from govah.local.embedded import prepare
from govah.local.programs import Plan, build_programs, find_broker_binary
from govah.local.roles import Kind, list_roles
from services import SERVICES
from tests.chaos.processes import Command
from tests.forking import run
from tests.servers import POSTGRESQL_SETTINGS, find_postgresql_programs, find_unprivileged_user

# Seconds. As short as a busy machine allows, in the order that the settings demand.
SHORT_LIMITS = {
    "GOVAH_SOFT_LIMIT": "10",
    "GOVAH_HARD_LIMIT": "12",
    "GOVAH_VISIBILITY_TIMEOUT": "14",
    "GOVAH_LEASE": "16",
    # Everybody comes from one address.
    "GOVAH_CODE_REQUESTS_PER_NETWORK": "100000",
}
LEASE = int(SHORT_LIMITS["GOVAH_LEASE"])
# Below those that Linux gives to outgoing connections: a killed server must find its port free later.
PORTS = range(20000, 32000)


@dataclass(frozen=True, kw_only=True)
class StackPlan(Plan):
    """Where everything of one stack is; `settings` are added to those of every program."""

    database_port: int
    redis_port: int
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def broker_url(self) -> str:
        return f"redis://127.0.0.1:{self.redis_port}/0"

    @property
    def bytecode(self) -> dict[str, str]:
        """Let the first program that imports a module compile it for all, also of later runs."""
        return {"PYTHONDONTWRITEBYTECODE": ""}

    def build_database_url(self, name: str) -> str:
        return f"postgresql://govah@127.0.0.1:{self.database_port}/{name}"

    def build_environment(self, name: str) -> dict[str, str]:
        return {
            **super().build_environment(name),
            "GOVAH_DATABASE_URL": self.build_database_url(name),
            "GOVAH_LOG_LEVEL": "INFO",
            **self.bytecode,
            **self.settings,
        }


def new_plan(directory: Path, settings: Mapping[str, str]) -> StackPlan:
    """Return a plan with ports that nobody listens at."""
    public, database, broker, *services = free_ports(3 + len(SERVICES))
    return StackPlan(
        directory,
        public,
        dict(zip(SERVICES, services, strict=True)),
        database_port=database,
        redis_port=broker,
        settings={**SHORT_LIMITS, **settings},
    )


def free_ports(count: int) -> list[int]:
    """Return different ports of `PORTS` that are free just now."""
    ports: list[int] = []
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                ports.append(port)
        if len(ports) == count:
            break
    return ports


def build_commands(plan: StackPlan, workers: int) -> Iterator[Command]:
    """Yield every program of a stack: `postgresql`, `redis`, the services, their loops, the workers."""
    yield _build_postgresql_command(plan)
    yield build_redis_command(plan.redis_port, plan.data_dir / "redis")
    by_name = {program.name: program for program in build_programs(plan)}
    for service in SERVICES:
        web = by_name[service]
        yield Command(service, web.command, web.environment, web.ready)
    for role in list_roles(Kind.LOOPS):
        yield Command(role.name, role.build_command(), plan.build_environment(role.service))
    importer = by_name["records-importer"]
    yield Command(importer.name, importer.command, plan.build_environment("records"))
    for number in range(1, workers + 1):
        yield Command(
            f"pdfworker-{number}", by_name["pdfworker"].command, plan.build_environment("pdfworker")
        )


def make_cluster(plan: StackPlan) -> None:
    """Make an empty PostgreSQL cluster below the plan's directory."""
    user, home = find_unprivileged_user(), plan.data_dir / "postgresql"
    home.mkdir()
    if user:
        shutil.chown(home, user)
    subprocess.run(
        [
            find_postgresql_programs() / "initdb",
            "-D",
            home,
            "-N",
            "-A",
            "trust",
            "-U",
            "govah",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        cwd=home,
        user=user,
    )


def make_databases(plan: StackPlan) -> None:
    """Create a database for each service."""
    with psycopg.connect(plan.build_database_url("postgres"), autocommit=True) as connection:
        for service in SERVICES:
            connection.execute(f"CREATE DATABASE {service}")


def _build_postgresql_command(plan: StackPlan) -> Command:
    # Without fsync a crash of the processes loses nothing, only one of the machine would; but a commit that
    # is confirmed must have left the server's own memory.
    settings = {
        **POSTGRESQL_SETTINGS,
        "listen_addresses": "127.0.0.1",
        "port": str(plan.database_port),
        "unix_socket_directories": "",
        "synchronous_commit": "on",
    }
    words = [str(find_postgresql_programs() / "postgres"), "-D", str(plan.data_dir / "postgresql")]

    def is_answering() -> bool:
        try:
            psycopg.connect(plan.build_database_url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    return Command(
        "postgresql",
        [*words, *(f"--{name}={value}" for name, value in settings.items())],
        ready=is_answering,
        user=find_unprivileged_user(),
        kill_with=signal.SIGQUIT,
    )


def build_redis_command(port: int, directory: Path) -> Command:
    """Return the command of a Redis on loopback, with compose.yaml's settings and its data in `directory`."""
    directory.mkdir(exist_ok=True)
    settings = {
        "bind": "127.0.0.1",
        "port": str(port),
        "dir": str(directory),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
    }
    words = [
        find_broker_binary(),
        *(word for name, value in settings.items() for word in (f"--{name}", value)),
    ]

    def is_answering() -> bool:
        try:
            with redis.Redis(port=port) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    return Command("redis", words, ready=is_answering)


def prepare_apart(plan: StackPlan) -> None:
    """Run `prepare` in a process of its own, so that nothing of the services stays in the test run."""
    arguments = {**vars(plan), "data_dir": str(plan.data_dir)}
    words = ["tests.chaos.programs", json.dumps(arguments)]
    run(words, {**os.environ, **plan.bytecode}, plan.data_dir / "prepare.log")


if __name__ == "__main__":
    arguments = json.loads(sys.argv[1])
    try:
        prepare(StackPlan(**{**arguments, "data_dir": Path(arguments["data_dir"])}))
    except CannotStart as error:
        sys.exit(str(error))


def is_healthy(address: str, port: int) -> bool:
    """Return whether the web process at an address and port says that it is well."""
    return httpx.get(f"http://{address}:{port}/healthz", timeout=5).status_code == 200
