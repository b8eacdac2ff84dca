"""Redis with a replica and three sentinels: its master is killed, and silent, and no request is lost."""

import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
import redis

from gateway.portal.vault import Vault
from govah.local.programs import find_broker_binary
from govah_client.errors import ServiceUnavailable
from services.kit.broker_password import PasswordFile
from services.kit.sentinel import Sentinels
from tests.chaos.processes import Command
from tests.chaos.programs import build_redis_command, free_ports
from tests.chaos.rig import seed
from tests.chaos.stack import Stack, running_stack
from tests.faults.citizens import Requesters
from tests.faults.conftest import Figures
from tests.waiting import wait_until

PASSWORD = "drawn-for-this-run"
# What docs/operations/scale.md advises, with a shorter time until a silent master counts as away.
SENTINEL = """\
port {port}
bind 127.0.0.1
dir {directory}
sentinel monitor govah 127.0.0.1 {master} 2
sentinel auth-pass govah {password}
sentinel down-after-milliseconds govah 2000
sentinel failover-timeout govah 10000
sentinel parallel-syncs govah 1
requirepass {password}
sentinel sentinel-pass {password}
"""
PROGRAMS = (
    *("auth", "records", "disclosure", "disclosure-relay", "disclosure-sweeper", "disclosure-consumers"),
    *("auth-consumers", "pdfworker-1", "pdfworker-2"),
)
REQUESTS = 40


@dataclass(frozen=True)
class Group:
    """A master, a replica, three sentinels, and the address by which they are found."""

    stack: Stack
    servers: dict[str, int]
    password: PasswordFile
    url: str

    def find_master(self) -> str:
        """Return the name of the server that the sentinels name."""
        port = find_port(Sentinels.from_url(self.url).open_client(self.password))
        return next(name for name, one in self.servers.items() if one == port)


def find_port(client: redis.Redis) -> int:
    with client:
        return int(client.config_get("port")["port"] or 0)


def build_server(port: int, directory: Path, name: str, *words: str) -> Command:
    command = build_redis_command(port, directory)
    sign_in = ["--requirepass", PASSWORD, "--masterauth", PASSWORD]

    def is_answering() -> bool:
        with suppress(redis.RedisError), redis.Redis(port=port, password=PASSWORD) as client:
            return bool(client.ping())
        return False

    return Command(name, [*command.words, *sign_in, *words], ready=is_answering)


def build_sentinel(port: int, directory: Path, name: str, master: int) -> Command:
    directory.mkdir()
    # A sentinel writes what it learns into its file.
    file = directory / "sentinel.conf"
    file.write_text(
        SENTINEL.format(port=port, directory=directory, master=master, password=PASSWORD), "ascii"
    )
    return Command(name, [find_broker_binary(), str(file), "--sentinel"], ready=lambda: is_open(port))


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def group() -> Iterator[Group]:
    with running_stack(workers=2, only=()) as stack:
        stack.kill("redis")
        home = stack.plan.data_dir
        first, second, *ports = free_ports(5)
        servers = {"redis-1": first, "redis-2": second}
        stack.add(build_server(first, home / "redis-1", "redis-1"))
        stack.add(build_server(second, home / "redis-2", "redis-2", "--replicaof", f"127.0.0.1 {first}"))
        sentinels = [f"sentinel-{number}" for number in (1, 2, 3)]
        for name, port in zip(sentinels, ports, strict=True):
            stack.add(build_sentinel(port, home / name, name, first))
        for name in (*servers, *sentinels):
            stack.start(name)
        addresses = ";".join(f"sentinel://127.0.0.1:{port}" for port in ports)
        # As in compose: each program reads the password from its file.
        file = home / "redis.password"
        file.write_text(f"{PASSWORD}\n", "ascii")
        password = PasswordFile(file)
        group = Group(stack, servers, password, f"{addresses}/0?master=govah&sentinel_auth=same")
        wait_until(lambda: is_complete(ports[0]), "the sentinels do not know each other")
        for name in PROGRAMS:
            settings = {"GOVAH_BROKER_URL": group.url, "GOVAH_BROKER_PASSWORD_FILE": str(file)}
            stack.start(name, wait=False, **settings)
        stack.processes.wait_until_ready("auth", "records", "disclosure")
        yield group


def is_complete(port: int) -> bool:
    """Return whether a sentinel knows the replica and both others."""
    with redis.Redis(port=port, password=PASSWORD, decode_responses=True) as sentinel:
        [master] = sentinel.sentinel_masters().values()
        return (master["num-slaves"], master["num-other-sentinels"]) == (1, 2)


def is_put(vault: Vault, name: str) -> bool:
    with suppress(ServiceUnavailable):
        vault.put("owner", name, {"name": name}, 600)
        return True
    return False


def test_no_request_is_lost_when_the_master_of_the_broker_goes(group: Group, figures: Figures) -> None:
    stack, vault = group.stack, Vault(group.url, group.password)
    requesters = Requesters(stack, seed(stack))
    assert is_put(vault, "before")
    with requesters.running():
        requesters.wait_for(REQUESTS)
        longest, requesters.longest = requesters.longest, 0.0
        # The second one is silent: no connection breaks.
        for number, (gone, end, start) in enumerate(
            (("redis-1", stack.kill, stack.start), ("redis-2", stack.pause, stack.resume)), 1
        ):
            assert group.find_master() == gone
            accepted = len(requesters.accepted)
            end(gone)
            began = time.monotonic()
            wait_until(partial(is_put, vault, f"during-{number}"), "no new master")
            figures.add(
                f"Sentinel, failover {number}: seconds until sessions", f"{time.monotonic() - began:.1f}"
            )
            figures.add("requests accepted meanwhile", len(requesters.accepted) - accepted)
            assert vault.get("owner", "before") == {"name": "before"}
            requesters.wait_for(REQUESTS)
            # It comes back as a replica of the other one, which is gone next.
            start(gone)
            wait_until(partial(is_replica, group, gone), "the old master did not become a replica")
    ended = time.monotonic()
    wait_until(lambda: not requesters.list_unfinished(), lambda: str(requesters.list_unfinished()), pause=1)
    figures.add("seconds from the last request to the last letter", f"{time.monotonic() - ended:.1f}")
    figures.add("requests accepted, lost", f"{len(requesters.accepted)}, {len(requesters.list_unfinished())}")
    figures.add("requests refused or failed", dict(requesters.failed))
    figures.add("longest request, before and then, in seconds", f"{longest:.2f}, {requesters.longest:.2f}")
    # The rows are the truth: to accept a request takes no broker.
    assert requesters.failed == {}


def is_replica(group: Group, name: str) -> bool:
    with redis.Redis(port=group.servers[name], password=PASSWORD) as client, suppress(redis.RedisError):
        state = client.info("replication")
        return bool(state["role"] == "slave" and state["master_link_status"] == "up")
    return False
