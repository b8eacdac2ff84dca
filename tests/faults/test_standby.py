"""PostgreSQL with a synchronous standby: the primary is killed, and no accepted request is lost."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest

from services import SERVICES
from tests.chaos.processes import Command
from tests.chaos.programs import build_commands, free_ports
from tests.chaos.rig import seed
from tests.chaos.stack import Stack, running_stack
from tests.faults.citizens import Requesters
from tests.faults.conftest import Figures
from tests.servers import find_postgresql_programs, find_unprivileged_user
from tests.waiting import wait_until

PROGRAMS = (
    *("auth", "records", "disclosure", "disclosure-relay", "disclosure-sweeper", "disclosure-consumers"),
    *("auth-consumers", "pdfworker-1", "pdfworker-2"),
)
REQUESTS = 40
# In place of those that the stack's server has, which is a server without standbys.
REPLICATING = {"wal_level": "replica", "max_wal_senders": "4", "full_page_writes": "on"}
SYNCHRONOUS = {"synchronous_standby_names": "ANY 1 (*)"}


@dataclass(frozen=True)
class Pair:
    """A primary, its standby, and an address of both."""

    stack: Stack
    ports: tuple[int, int]

    def build_url(self, database: str) -> str:
        """Return the address of a database, as docs/operations/scale.md writes it."""
        servers = ",".join(f"127.0.0.1:{port}" for port in self.ports)
        return f"postgresql://govah@{servers}/{database}"

    def fetch_value(self, server: int, query: str) -> object:
        """Return what one of the two answers."""
        url = f"postgresql://govah@127.0.0.1:{self.ports[server]}/postgres"
        with psycopg.connect(url, autocommit=True) as connection:
            [value] = connection.execute(query.encode()).fetchone() or [None]
            return value


def is_up(port: int) -> bool:
    try:
        psycopg.connect(f"postgresql://govah@127.0.0.1:{port}/postgres", connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def build_server(stack: Stack, name: str, directory: Path, port: int, settings: dict[str, str]) -> Command:
    """Return a server like the stack's, with other settings, data and port."""
    [common] = [one for one in build_commands(stack.plan, 0) if one.name == "postgresql"]
    changed = {**settings, "port": str(port)}
    common_words = [
        word for word in common.words[3:] if word.partition("=")[0].removeprefix("--") not in changed
    ]
    words = [
        *common.words[:2],
        str(directory),
        *common_words,
        *(f"--{key}={value}" for key, value in changed.items()),
    ]
    return replace(common, name=name, words=words, ready=lambda: is_up(port))


def copy_primary(stack: Stack, port: int, directory: Path) -> None:
    """Make the standby's data from a running primary."""
    user = find_unprivileged_user()
    directory.mkdir(0o700)
    if user:
        shutil.chown(directory, user)
    subprocess.run(
        [
            find_postgresql_programs() / "pg_basebackup",
            f"--dbname=host=127.0.0.1 port={port} user=govah",
            f"--pgdata={directory}",
            *("--write-recovery-conf", "--create-slot", "--slot=standby", "--checkpoint=fast"),
        ],
        check=True,
        cwd=stack.plan.data_dir,
        user=user,
    )


@pytest.fixture
def pair() -> Iterator[Pair]:
    with running_stack(workers=2, only=()) as stack:
        stack.kill("postgresql")
        first, second = stack.plan.database_port, free_ports(1)[0]
        home = stack.plan.data_dir
        stack.add(build_server(stack, "primary", home / "postgresql", first, REPLICATING | SYNCHRONOUS))
        stack.start("primary")
        copy_primary(stack, first, home / "standby")
        stack.add(build_server(stack, "standby", home / "standby", second, REPLICATING))
        stack.start("standby")
        pair = Pair(stack, (first, second))
        states = "SELECT string_agg(sync_state, ' ') FROM pg_stat_replication"
        wait_until(lambda: pair.fetch_value(0, states) == "quorum", "the standby is not synchronous")
        for name in PROGRAMS:
            service = name.partition("-")[0]
            settings = {"GOVAH_DATABASE_URL": pair.build_url(service)} if service in SERVICES else {}
            stack.start(name, wait=False, **settings)
        stack.processes.wait_until_ready("auth", "records", "disclosure")
        yield pair


def test_no_accepted_request_is_lost_when_the_primary_is_killed(pair: Pair, figures: Figures) -> None:
    stack = pair.stack
    requesters = Requesters(stack, seed(stack))
    with requesters.running():
        requesters.wait_for(REQUESTS)
        assert requesters.failed == {}
        accepted, longest, requesters.longest = len(requesters.accepted), requesters.longest, 0.0
        stack.kill("primary")
        began = time.monotonic()
        assert pair.fetch_value(1, "SELECT pg_promote()") is True
        requesters.wait_for(1)
        seconds = time.monotonic() - began
        requesters.wait_for(REQUESTS)
    ended = time.monotonic()
    wait_until(lambda: not requesters.list_unfinished(), lambda: str(requesters.list_unfinished()), pause=1)
    figures.add("PostgreSQL, primary killed and standby promoted: seconds until a request", f"{seconds:.1f}")
    figures.add("requests accepted before, in all, lost", f"{accepted}, {len(requesters.accepted)}, 0")
    figures.add("requests refused or failed meanwhile", dict(requesters.failed))
    figures.add("longest request, before and then, in seconds", f"{longest:.2f}, {requesters.longest:.2f}")
    figures.add("seconds from the last request to the last letter", f"{time.monotonic() - ended:.1f}")
    # A caller hears 503 and may call again; nothing is our own fault, and no call hangs.
    assert set(requesters.failed) <= {"503"}
