"""Govah's programs as production runs them, over a PostgreSQL of the bench's own; the benches borrow them."""

import subprocess
import tempfile
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from bench.processes import running
from bench.service import OFFICER
from govah.local.data_directory import free_ports
from govah.local.embedded import prepare
from govah.local.programs import Plan, build_programs
from govah.local.supervise import Program
from services import SERVICES
from tests import servers
from tests.tokens import build_bearer_header, mint

DAY = 24 * 3600


@dataclass(frozen=True)
class Stack(Plan):
    """The plan of the embedded mode with the databases of production, and no mark on the letters."""

    databases: str = ""
    room: Path = field(default_factory=Path)

    def build_environment(self, name: str) -> dict[str, str]:
        return {
            **super().build_environment(name),
            "GOVAH_DATABASE_URL": self.databases.format(name=name),
            "GOVAH_TEST_MODE": "false",
        }

    @cached_property
    def _programs(self) -> Mapping[str, Program]:
        return {program.name: program for program in build_programs(self)}

    @property
    def postgresql(self) -> int:
        """The process under which all of PostgreSQL runs."""
        return int((self.room / "durable" / "data" / "postmaster.pid").read_text("ascii").split()[0])

    def connect(self, service: str) -> psycopg.Connection:
        """Return a connection to a service's database."""
        return psycopg.connect(self.databases.format(name=service), autocommit=True)

    def measure_kibibytes(self) -> float:
        """Return the size of all databases on disk, with their indexes."""
        with self.connect("auth") as database:
            [[size]] = database.execute(
                "SELECT sum(pg_database_size(datname)) FROM pg_database WHERE datname = ANY(%s)",
                [list(SERVICES)],
            ).fetchall()
        return float(size) / 1024

    @contextmanager
    def running(
        self, name: str, command: Sequence[str] | None = None, **more: str
    ) -> Iterator[subprocess.Popen[bytes]]:
        """Run one program of the embedded mode, or its service by another command, with more settings."""
        program = self._programs[name]
        log = self.data_dir / "logs" / f"{name}.log"
        environment = {**program.environment, **more}
        with running(command or program.command, environment, log, program.ready) as process:
            yield process

    def mint_citizen(self, person_id: str | uuid.UUID) -> dict[str, str]:
        """Return the header of a person, as auth would sign it."""
        return build_bearer_header(self._mint("citizen", person_id, ["self"]))

    def mint_officer(self, scope: str) -> dict[str, str]:
        """Return the header of an officer with a scope."""
        return build_bearer_header(self._mint("officer", OFFICER, [scope]))

    def _mint(self, role: str, subject: str | uuid.UUID, scopes: Sequence[str]) -> str:
        [path] = (self.secrets_dir / "token-keys").glob("*.pem")
        private = load_pem_private_key(path.read_bytes(), password=None)
        assert isinstance(private, Ed25519PrivateKey)
        return mint(
            role, subject, scopes=scopes, expires_in=DAY, private=private, kid=path.stem, iss=self.base_url
        )


@contextmanager
def open_stack() -> Iterator[Stack]:
    """Lend databases, secrets and settings for all programs; none of them runs yet.

    Raises ServerUnavailable without PostgreSQL on this machine.
    """
    with servers.open_room() as room, tempfile.TemporaryDirectory(prefix="govah-bench-") as directory:
        databases = servers.ensure_server(room, "durable")
        with psycopg.connect(databases.format(name="postgres"), autocommit=True) as connection:
            for service in SERVICES:
                connection.execute(f"CREATE DATABASE {service}")
        gateway, *ports = free_ports(len(SERVICES) + 1)
        service_ports = dict(zip(SERVICES, ports, strict=True))
        stack = Stack(Path(directory), gateway, service_ports, databases=databases, room=room)
        prepare(stack)
        yield stack
