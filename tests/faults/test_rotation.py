"""Passwords of PostgreSQL and Redis and a service's secret are rotated under load, and nobody is refused."""

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg
import pytest
import redis

from deploy import rotate
from deploy.running import CommandFailed, Running
from services.kit.broker_password import find_broker_password
from services.kit.db import new_engine
from services.kit.http.client import TokenSource
from services.kit.queue import check_broker, new_celery
from services.kit.settings import read_secrets
from tests.chaos.stack import Stack, running_stack
from tests.faults.conftest import Figures
from tests.faults.load import Call, Load
from tests.faults.threads import run_threads

ROTATIONS = 5
# Seconds between two tokens of a caller. Programs ask for one every nine minutes; auth counts refusals.
BETWEEN_TOKENS = 5.0
# The role of the services in the stack, and who gives it passwords.
ROLE, ADMINISTRATOR = "govah", "administrator"
RULES = (
    f"host all {ADMINISTRATOR} 127.0.0.1/32 trust",
    f"host all {ROLE} 127.0.0.1/32 scram-sha-256",
)


@dataclass(frozen=True, kw_only=True)
class Local(Running):
    """The stack where `rotate` expects containers: what they would run is run on this machine."""

    stack: Stack
    files: dict[str, Path]

    def find_secret(self, name: str) -> Path:
        return self.files[name]

    def compose(self, *words: str, stdin: str = "") -> str:
        """Return what the program prints that a container would have run."""
        plan, environment = self.stack.plan, dict(os.environ)
        match words:
            case ("exec", "-T", "redis", *_):
                command = ["redis-cli", "-p", str(plan.redis_port)]
                environment["REDISCLI_AUTH"] = self.files[rotate.REDIS].read_text("ascii").split()[0]
            case ("exec", "-T", "postgres", *_):
                url = self.stack.build_database_url("postgres").replace(ROLE, ADMINISTRATOR, 1)
                command = ["psql", "--quiet", "-v", "ON_ERROR_STOP=1", url]
            case _:
                program = [sys.executable, "-m", "flask", "--app", "services.auth.app"]
                directory = str(self.files["records.secret"].parent)
                command = [*program, "clients", "ensure-services", "--secrets-dir", directory]
                environment |= plan.build_environment("auth")
        ran = subprocess.run(
            command, input=stdin, env=environment, capture_output=True, text=True, check=False
        )
        if ran.returncode:
            raise CommandFailed(ran.stderr)
        return ran.stdout


class Hammer:
    """Threads that do something on a new connection each time, and how often it succeeded and failed."""

    def __init__(self, **uses: Callable[[], object]) -> None:
        self._uses = uses
        self._stop = threading.Event()
        self.succeeded: Counter[str] = Counter()
        self.failed: Counter[tuple[str, str]] = Counter()

    @contextmanager
    def running(self) -> Iterator[None]:
        """Go on until the context is left."""
        threads = [threading.Thread(target=self._run, args=pair) for pair in self._uses.items()]
        with run_threads(threads, self._stop):
            yield

    def _run(self, name: str, use: Callable[[], object]) -> None:
        while not self._stop.wait(BETWEEN_TOKENS if name == "tokens" else 0):
            try:
                use()
                self.succeeded[name] += 1
            except Exception as error:  # noqa: BLE001 -- it is counted
                self.failed[name, f"{type(error).__name__}: {error}"] += 1


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Local]:
    """Yield a stack whose PostgreSQL and Redis ask for passwords, with auth and records in it."""
    files = {f"{ROLE}.database": tmp_path / "database", rotate.REDIS: tmp_path / "redis"}
    for path in files.values():
        path.write_text("first\n", "ascii")
    settings = {
        "PGPASSWORD_FILE": str(files[f"{ROLE}.database"]),
        "GOVAH_BROKER_PASSWORD_FILE": str(files[rotate.REDIS]),
    }
    with ExitStack() as opened:
        stack = opened.enter_context(running_stack(workers=0, only=(), settings=settings))
        files["records.secret"] = stack.plan.secrets_dir / "clients" / "records.secret"
        require_passwords(stack)
        for name in ("auth", "records", "records-consumers"):
            stack.start(name, wait=False)
        stack.processes.wait_until_ready("auth", "records")
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(rotate, "USED_WITHIN", 1.0)
        yield Local((), stack=stack, files=files)


def require_passwords(stack: Stack) -> None:
    url = stack.build_database_url("postgres")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"ALTER ROLE {ROLE} PASSWORD 'first'")
        connection.execute(f"CREATE ROLE {ADMINISTRATOR} SUPERUSER LOGIN")
        rules = stack.plan.data_dir / "postgresql" / "pg_hba.conf"
        rules.write_text("\n".join((*RULES, rules.read_text("utf-8"))), "utf-8")
        connection.execute("SELECT pg_reload_conf()")
    command = [
        "redis-cli",
        "-p",
        str(stack.plan.redis_port),
        "ACL",
        "SETUSER",
        "default",
        "resetpass",
        ">first",
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


# kombu leaves sockets of closed connections to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_nobody_is_refused_while_passwords_are_rotated(local: Local, figures: Figures) -> None:
    plan = local.stack.plan
    database, broker = plan.build_database_url("records"), plan.broker_url

    def connect_to_database() -> None:
        engine = new_engine(database)
        engine.connect().close()
        engine.dispose()

    def connect_to_sessions() -> None:
        # As the portal does.
        with redis.Redis.from_url(broker, credential_provider=find_broker_password(broker)) as store:
            store.ping()

    read = partial(read_secrets, local.files["records.secret"])
    hammer = Hammer(
        databases=connect_to_database,
        brokers=lambda: check_broker(new_celery("test", broker)),
        sessions=connect_to_sessions,
        tokens=lambda: TokenSource(plan.find_url("auth"), "records", read).get_token("auth:events"),
    )
    calls = [Call("GET", f"{plan.find_url(name)}/readyz", 200) for name in ("auth", "records")]
    load = Load(plan.find_url("auth"), calls, callers=2, pause=0.02)
    with hammer.running(), load.running():
        time.sleep(2)
        for _ in range(ROTATIONS):
            for name in (f"{ROLE}.database", rotate.REDIS):
                rotate.rotate(local, name)
        rotate.rotate(local, "records.secret")
        time.sleep(3 * BETWEEN_TOKENS)
    outcome = load.take()
    figures.add("rotations of the passwords of PostgreSQL and Redis under load", f"{ROTATIONS} each")
    for name, count in sorted(hammer.succeeded.items()):
        failed = sum(times for (of, _), times in hammer.failed.items() if of == name)
        figures.add(f"new connections to {name}, refused", f"{count + failed}, {failed}")
    figures.add("calls to services meanwhile, failed", f"{outcome.calls}, {outcome.count_failed()}")
    assert hammer.failed == {}
    assert set(hammer.succeeded) == {"databases", "brokers", "sessions", "tokens"}
    assert outcome.failed == {}
    for path in local.files.values():
        [password] = path.read_text("ascii").split()
        assert password != "first"
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(database, password="first")
