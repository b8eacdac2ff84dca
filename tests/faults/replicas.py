"""Two replicas of each service and of the portal, by names with two addresses, behind the real nginx.

with running_replicas() as replicas:
    replicas.stack.kill("records-2")     # its address stays among those of the name …
    replicas.forget("records-2")         # … until it is forgotten
    replicas.start("records-2")          # runs again and is known
"""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from govah.local.roles import BY_NAME
from services import SERVICES
from tests.chaos.processes import Command
from tests.chaos.programs import free_ports, is_healthy
from tests.chaos.rig import seed
from tests.chaos.stack import Stack, running_stack
from tests.e2e.system import ROOT
from tests.service.gateway.nginx.desk import Edge, running
from tests.service.gateway.nginx.name_server import NameServer, naming

NAMES = (*SERVICES, "portal")
ADDRESSES = ("127.0.0.1", "127.0.0.2")
# Everybody calls from one address.
LIMITS = {"EDGE_RATE": "9999r/s", "EDGE_BURST": "99999", "EDGE_CONNECTIONS": "9999"}


@dataclass
class Replicas:
    """The stack, the edge, and which addresses names have."""

    stack: Stack
    edge: Edge
    ports: dict[str, int]
    people: list[tuple[str, str]]
    _names: NameServer
    _hosts: Path

    def forget(self, replica: str) -> None:
        """Take the address of a replica out of its name."""
        self._set_addresses(replica, [one for one in ADDRESSES if one != find_address(replica)])

    def start(self, replica: str) -> None:
        """Start a replica that does not run, and have its name know it."""
        self.stack.start(replica)
        self._set_addresses(replica, list(ADDRESSES))

    def _set_addresses(self, replica: str, addresses: list[str]) -> None:
        hosts = {**self._names.hosts, f"{find_service(replica)}.test": addresses}
        write_hosts(self._hosts, hosts)
        self._names.hosts = hosts

    def mint_token(self, person_id: str) -> str:
        """Return an access token of a citizen."""
        return self.stack.mint_token("citizen", person_id, "self")


def find_service(replica: str) -> str:
    """Return the service of a replica such as `auth-2`."""
    return replica.rpartition("-")[0]


def find_address(replica: str) -> str:
    """Return the address at which a replica listens."""
    return ADDRESSES[int(replica.rpartition("-")[2]) - 1]


def write_hosts(path: Path, hosts: Any) -> None:
    """Write the addresses for the look-ups of Python programs, in one step."""
    new = path.with_suffix(".new")
    new.write_text(json.dumps(hosts), "ascii")
    new.rename(path)


def build_replica(stack: Stack, name: str, number: int, port: int, environment: dict[str, str]) -> Command:
    """Return the command of a replica, which listens at an address of its own."""
    address = ADDRESSES[number - 1]
    words = BY_NAME[name].build_command(port)
    listens = [f"{address}:{port}" if word == f"127.0.0.1:{port}" else word for word in words]
    assert listens != words or number == 1
    return Command(
        f"{name}-{number}",
        listens,
        {**stack.plan.build_environment(name), **environment},
        partial(is_healthy, address, port),
    )


@contextmanager
def running_replicas() -> Iterator[Replicas]:
    """Start two replicas of everything that people reach, with a few people in it."""
    with ExitStack() as opened:
        stack = opened.enter_context(running_stack(workers=0, only=()))
        plan = stack.plan
        ports = {**plan.service_ports, "portal": free_ports(1)[0]}
        stack.plan = replace(plan, service_ports=ports)
        hosts = {f"{name}.test": list(ADDRESSES) for name in NAMES}
        hosts_file = plan.data_dir / "hosts.json"
        write_hosts(hosts_file, hosts)
        environment = {f"GOVAH_{name.upper()}_URL": f"http://{name}.test:{ports[name]}" for name in NAMES}
        environment |= {
            "PYTHONPATH": f"{Path(__file__).with_name('names')}{os.pathsep}{ROOT}",
            "FAULTS_HOSTS": str(hosts_file),
        }
        replicas = [f"{name}-{number}" for name in NAMES for number in (1, 2)]
        for replica in replicas:
            name, _, number = replica.rpartition("-")
            stack.add(build_replica(stack, name, int(number), ports[name], environment))
            stack.start(replica, wait=False)
        stack.processes.wait_until_ready(*replicas)
        people = seed(stack)
        names = opened.enter_context(naming(hosts))
        settings = {f"EDGE_{name.upper()}": f"{name}.test:{ports[name]}" for name in NAMES}
        edge = Edge(plan.data_dir / "edge", {}, settings | LIMITS | {"EDGE_RESOLVER": names.address})
        opened.enter_context(running(edge))
        yield Replicas(stack, edge, ports, people, names, hosts_file)
