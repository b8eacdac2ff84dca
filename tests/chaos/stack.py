"""All of Govah as real processes that a test may break: PostgreSQL, Redis, services, loops, workers.

    with running_stack(workers=2) as stack:
        stack.kill("pdfworker-1")          # kill -9 of all its processes; it stays dead …
        stack.start("pdfworker-1")         # … until it is started
        stack.lose_redis()                 # Redis ends, forgets everything, and starts again
        stack.crash_postgresql()           # PostgreSQL ends as in a crash, and starts again

Names are `postgresql`, `redis`, the four services, `pdfworker-1` and so on, and the loops as compose.yaml
names their containers (`disclosure-relay`, `disclosure-sweeper`, `disclosure-consumers`, `auth-messages` …).
A program that ends on its own is started again after half a second. There is no gateway: `Stack.find_url` is
a service's own address. Everything has ended when the context is left, however the test run ends; a test that
fails with a Stack among its fixtures shows the logs (conftest.py).
"""

import json
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from govah.local.embedded import draw_accounts
from services import SERVICES
from tests.chaos.processes import Command, Processes, list_children
from tests.chaos.programs import (
    StackPlan,
    build_commands,
    make_cluster,
    make_databases,
    new_plan,
    prepare_apart,
)
from tests.tokens import mint

SERVERS = ("postgresql", "redis")


class Stack:
    """A running system. Every method that takes a name raises KeyError for one that it does not have."""

    def __init__(self, plan: StackPlan, processes: Processes) -> None:
        self.plan = plan
        self.processes = processes

    # Where things are

    @property
    def accounts(self) -> Mapping[str, Any]:
        """`officer`, `second_officer` and `institution` with their names and secrets, as in demo.json."""
        return draw_accounts(self.plan)

    @property
    def broker_url(self) -> str:
        return self.plan.broker_url

    def find_url(self, service: str) -> str:
        """Return the base URL of a service's web process."""
        return self.plan.find_url(service)

    def build_database_url(self, service: str) -> str:
        """Return the PostgreSQL address of a service's database, by TCP."""
        return self.plan.build_database_url(service)

    def mint_token(self, role: str, subject: str, *scopes: str, **claims: Any) -> str:
        """Return an access token signed with auth's own key, for an hour."""
        [path] = (self.plan.secrets_dir / "token-keys").glob("*.pem")
        private = load_pem_private_key(path.read_bytes(), None)
        assert isinstance(private, Ed25519PrivateKey)
        issuer = {"iss": self.plan.base_url}
        return mint(
            role, subject, None, scopes, private=private, kid=path.stem, expires_in=3600, **issuer | claims
        )

    def list_messages(self) -> Sequence[Mapping[str, Any]]:
        """Return every message that would have gone to a mobile, oldest first."""
        lines = (self.plan.data_dir / "messages.jsonl").read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines]

    def fetch_rows(self, service: str, query: LiteralString, *values: object) -> list[tuple[Any, ...]]:
        """Return rows of a service's database. Raise psycopg.OperationalError while it is away."""
        with psycopg.connect(self.build_database_url(service), connect_timeout=5) as connection:
            return connection.execute(query, values).fetchall()

    def read_log(self, name: str) -> str:
        """Return all output of a program so far, over all of its starts."""
        return self.processes.read_log(name)

    def read_log_tails(self, characters: int = 3000) -> str:
        """Return the ends of all logs, and which programs ended on their own."""
        tails = [f"== {name}\n{self.read_log(name)[-characters:]}" for name in self.processes.list_names()]
        return "\n".join([*tails, f"== ended on their own: {self.processes.deaths}"])

    # What can happen to a program

    def list_names(self) -> Sequence[str]:
        """Return the names of all programs, in the order in which they are started."""
        return self.processes.list_names()

    def add(self, command: Command) -> None:
        """Make a further program known; `start` starts it."""
        self.processes.add(command)

    def start(self, name: str, *, wait: bool = True, **settings: str) -> None:
        """Start a program that does not run, and wait until it is ready.

        `settings` are environment variables (``GOVAH_BROKER_URL=…``) that it keeps for all later starts.
        """
        self.processes.start(name, settings)
        if wait:
            self.processes.wait_until_ready(name)

    def kill(self, name: str) -> None:
        """Kill -9 of all processes of a program (PostgreSQL: immediate shutdown); none is left after it."""
        self.processes.kill(name)

    def end(self, name: str) -> None:
        """Have a program end as `docker stop` does: SIGTERM, and kill -9 of what is left."""
        self.processes.end(name)

    def restart(self, name: str, *, after: float = 0.0, wait: bool = True, **settings: str) -> None:
        """Kill a program and start it again after some seconds."""
        self.kill(name)
        time.sleep(after)
        self.start(name, wait=wait, **settings)

    def pause(self, name: str) -> None:
        """SIGSTOP to all processes of a program: it lives and does nothing."""
        self.processes.send_signal(name, signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """SIGCONT to all processes of a program."""
        self.processes.send_signal(name, signal.SIGCONT)

    def find_pid(self, name: str) -> int:
        """Return the id of the first process of a running program."""
        return self.processes.find_pid(name)

    def list_child_pids(self, name: str) -> Sequence[int]:
        """Return the processes below it: a PDF worker's that render, gunicorn's that answer."""
        return list_children(self.find_pid(name))

    def kill_child(self, name: str) -> None:
        """Kill -9 of the first process below a program's own, such as the one that renders."""
        os.kill(self.list_child_pids(name)[0], signal.SIGKILL)

    def is_alive(self, name: str) -> bool:
        return self.processes.is_alive(name)

    # What can happen to the servers

    def stop_redis(self, *, forget: bool = True) -> None:
        """End Redis by kill -9; unless `forget` is false, its next start finds nothing of what it knew."""
        self.kill("redis")
        if forget:
            shutil.rmtree(self.plan.data_dir / "redis")
            (self.plan.data_dir / "redis").mkdir()

    def lose_redis(self, *, away: float = 0.5) -> None:
        """Redis ends, forgets everything, and starts again after some seconds."""
        self.stop_redis()
        time.sleep(away)
        self.start("redis")

    def crash_postgresql(self, *, away: float = 0.0) -> None:
        """PostgreSQL ends without a word to anybody and starts again after some seconds."""
        self.restart("postgresql", after=away)


@contextmanager
def running_stack(
    *,
    workers: int = 2,
    only: Collection[str] | None = None,
    settings: Mapping[str, str] | None = None,
    prepare: Callable[[StackPlan], None] = prepare_apart,
) -> Iterator[Stack]:
    """Start a stack in a new directory and lend it, ready; at the end both are gone.

    `only` are the names of the programs to start immediately. All are known; the servers are always started.
    `settings` are environment variables of all programs, added to `programs.SHORT_LIMITS`. `prepare` fills
    the empty databases.
    """
    # Not below pytest's directory: PostgreSQL may run as another user and must get in.
    directory = Path(tempfile.mkdtemp(prefix="govah-"))
    directory.chmod(0o755)
    plan = new_plan(directory, settings or {})
    processes = Processes(directory)
    try:
        make_cluster(plan)
        for command in build_commands(plan, workers):
            processes.add(command)
        stack = Stack(plan, processes)
        for name in SERVERS:
            processes.start(name)
        processes.wait_until_ready(*SERVERS)
        make_databases(plan)
        prepare(plan)
        chosen = [
            name for name in stack.list_names() if name not in SERVERS and (only is None or name in only)
        ]
        for name in chosen:
            processes.start(name)
        processes.wait_until_ready(*(name for name in chosen if name in SERVICES))
        yield stack
    finally:
        processes.close()
